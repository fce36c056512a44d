/** Finds people, answers requests, and lists the blocked. */
export default function People() {
  return <main />
}
