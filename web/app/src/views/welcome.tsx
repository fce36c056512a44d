/** The right side while no conversation is open. */
export default function Welcome() {
  return <main />
}
