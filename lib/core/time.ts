/** Times as people read them. */
import { config } from './config.ts'

/**
 * Returns a function that writes milliseconds since the epoch as `YYYY-MM-DD HH:mm:ss`, in `timeZone`.
 *
 * Reuse the function: making it takes as long as using it 25 times.
 */
export function clockIn(timeZone: string): (milliseconds: number) => string {
  // The Swedish locale has this form.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  return (milliseconds) => format.format(milliseconds)
}

let clock: ReturnType<typeof clockIn> | undefined

/** The same in the configured time zone. */
export function timeText(milliseconds: number): string {
  clock ??= clockIn(config.timeZone)
  return clock(milliseconds)
}
