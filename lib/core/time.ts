/** Times as people read them. */

/**
 * A function that writes milliseconds since the epoch as `YYYY-MM-DD HH:mm:ss`, by the clocks of `timeZone`.
 *
 * Make it once and keep it: looking a zone up costs a thousand times as much as using it.
 */
export function clockIn(timeZone: string): (milliseconds: number) => string {
  const format = new Intl.DateTimeFormat('en-u-nu-latn', {
    timeZone,
    // h23: midnight is 00, not 24.
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  return (milliseconds) => {
    const parts = Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value]))
    return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`
  }
}
