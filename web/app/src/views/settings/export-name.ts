/** How the file with somebody's data is called: whose it is, and of which day. */
export function exportName(username: string, now: Date): string {
  // What file systems take differently, or not at all.
  const owner = username
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
  return `${['gochat', owner, day].filter((part) => part !== '').join('-')}.json`
}
