/** Signs in, or up: `isNew`. */
export default function SignIn(_: { isNew?: boolean }) {
  return <main />
}
