/** Times of the past, as people say them. `tag` names the language. */

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const units = [
  { name: 'day', ms: day },
  { name: 'hour', ms: hour },
  { name: 'minute', ms: minute },
] as const

/** How long ago: `5 minutes ago`, `yesterday`. A clock that is behind says `now`. */
export function agoText(at: number, now: number, tag: string): string {
  const ms = Math.max(0, now - at)
  const unit = units.find((one) => ms >= one.ms)
  const words = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' })
  return unit ? words.format(-Math.floor(ms / unit.ms), unit.name) : words.format(0, 'second')
}

/** A day: `28 November 2026`. */
export const dayText = (at: number, tag: string): string =>
  new Intl.DateTimeFormat(tag, { dateStyle: 'long' }).format(at)

/** The day and the minute. */
export const momentText = (at: number, tag: string): string =>
  new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeStyle: 'short' }).format(at)

/**
 * The day of a time that the service wrote as `YYYY-MM-DD HH:mm:ss`, in a zone that it does not name: so the day is said
 * as it stands there. Anything else is returned as it is.
 */
export function writtenDayText(written: string, tag: string): string {
  const at = Date.parse(`${written.replace(' ', 'T')}Z`)
  if (Number.isNaN(at)) return written
  return new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }).format(at)
}
