/** Times as people say them, in the language that is shown. */

const days = 86_400_000
/** By language and form: making one takes longer than using it a thousand times. */
const formats = new Map<string, Intl.DateTimeFormat>()

function format(tag: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${tag} ${name}`
  const made = formats.get(key) ?? new Intl.DateTimeFormat(tag, options)
  formats.set(key, made)
  return made
}

/** Counts days of the calendar here, whatever the hours of a day are. */
const dayOf = (at: number): number => {
  const date = new Date(at)
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / days
}

/** Of today the time, of the last six days the weekday, else the date, with the year if it is another one. */
export function shortTime(at: number, now: number, tag: string): string {
  const passed = dayOf(now) - dayOf(at)
  if (passed === 0) return format(tag, 'time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
  if (passed > 0 && passed < 7) return format(tag, 'weekday', { weekday: 'short' }).format(at)
  if (new Date(at).getFullYear() === new Date(now).getFullYear())
    return format(tag, 'date', { day: 'numeric', month: 'short' }).format(at)
  return format(tag, 'year', { day: 'numeric', month: 'numeric', year: '2-digit' }).format(at)
}

/** "in 8 seconds", "in 3 minutes", "in 2 hours": never sooner than it is. */
export function waitText(ms: number, tag: string): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  const relative = new Intl.RelativeTimeFormat(tag)
  if (seconds < 120) return relative.format(seconds, 'second')
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? relative.format(minutes, 'minute') : relative.format(Math.ceil(minutes / 60), 'hour')
}
