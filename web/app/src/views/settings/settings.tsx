/** `/settings` and the pages below it: profile, password, sessions, appearance, notifications, data. */
export default function Settings() {
  return <main />
}
