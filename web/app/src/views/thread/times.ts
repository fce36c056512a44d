/** Days and times as people write them, by Intl. */
import type { Language } from '../../text/texts.ts'

/** Some browsers name languages that Intl refuses: `en-US@posix`. */
function isKnown(tag: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0
  } catch {
    return false
  }
}

/** The chosen language as it is written where the reader lives: an American browser puts the month first, a British one the day. */
export const localeOf = (language: Language, preferred: readonly string[] = globalThis.navigator?.languages ?? []) =>
  preferred.find((tag) => tag.split('-', 1)[0] === language && isKnown(tag)) ?? language

export const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0)

type Style = 'time' | 'day' | 'dayOfYear' | 'whole'

const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const

const styles: Record<Style, Intl.DateTimeFormatOptions> = {
  time: clock,
  day: { weekday: 'long', month: 'long', day: 'numeric' },
  dayOfYear: { year: 'numeric', month: 'long', day: 'numeric' },
  whole: { year: 'numeric', month: 'long', day: 'numeric', ...clock },
}

// Making a formatter takes longer than hundreds of uses.
const formats = new Map<string, Intl.DateTimeFormat>()

function write(style: Style, at: number, locale: string): string {
  const name = `${style} ${locale}`
  let format = formats.get(name)
  if (!format) {
    format = new Intl.DateTimeFormat(locale, styles[style])
    formats.set(name, format)
  }
  return format.format(at)
}

export const timeOf = (at: number, locale: string): string => write('time', at, locale)

/** With its date, unless it is of today. */
export const momentOf = (at: number, today: number, locale: string): string =>
  write(startOfDay(at) === today ? 'time' : 'whole', at, locale)

/** `day` and `today` as `startOfDay` gives them. */
export function dayOf(day: number, today: number, locale: string, words: { today: string; yesterday: string }): string {
  if (day === today) return words.today
  if (day === startOfDay(today - 1)) return words.yesterday
  const isThisYear = new Date(day).getFullYear() === new Date(today).getFullYear()
  return write(isThisYear ? 'day' : 'dayOfYear', day, locale)
}
