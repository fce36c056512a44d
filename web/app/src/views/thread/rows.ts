/** What each message of a conversation looks like beside its neighbours. */
import type { ShownMessage } from '../../model/state.ts'
import { startOfDay } from './times.ts'

export interface Row {
  message: ShownMessage
  /** The day that begins here. */
  day: number | undefined
  /** The divider stands above it. */
  isFirstUnread: boolean
  /** The first and the last of what one person said without a pause. */
  startsGroup: boolean
  endsGroup: boolean
}

const pause = 5 * 60_000

export function rowsOf(messages: readonly ShownMessage[], unreadFromSeq?: number): Row[] {
  const rows: Row[] = []
  let latestDay = Number.NEGATIVE_INFINITY
  let hasDivider = unreadFromSeq === undefined
  for (const message of messages) {
    const previous = rows.at(-1)
    // A clock that is wrong takes nobody back to a day that is over.
    const day = Math.max(latestDay, startOfDay(message.at))
    const startsDay = day > latestDay
    const isFirstUnread = !hasDivider && message.seq !== undefined && message.seq >= (unreadFromSeq ?? 0)
    const goesOn = previous && !startsDay && !isFirstUnread && isSoonAfter(previous.message, message)
    if (previous) previous.endsGroup = !goesOn
    rows.push({ message, day: startsDay ? day : undefined, isFirstUnread, startsGroup: !goesOn, endsGroup: true })
    latestDay = day
    hasDivider ||= isFirstUnread
  }
  return rows
}

const isSoonAfter = (one: ShownMessage, other: ShownMessage): boolean =>
  one.from_id === other.from_id && Math.abs(other.at - one.at) < pause

const isOthers = ({ message }: Row, ownId: number | undefined): boolean => message.from_id !== ownId

/** The newest place in the order among what others wrote, up to a row; 0 if there is none. */
export function newestOfOthers(rows: readonly Row[], ownId: number | undefined, upTo = rows.length - 1): number {
  for (let index = Math.min(upTo, rows.length - 1); index >= 0; index--) {
    const row = rows[index]
    if (row?.message.seq !== undefined && isOthers(row, ownId)) return row.message.seq
  }
  return 0
}

/** How much others wrote after `seq`. */
export const countAfter = (rows: readonly Row[], ownId: number | undefined, seq: number): number =>
  rows.filter((row) => isOthers(row, ownId) && (row.message.seq ?? 0) > seq).length
