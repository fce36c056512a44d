import { useCallback, useLayoutEffect, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { Thread } from '../../model/state.ts'
import { countAfter, newestOfOthers, type Row } from './rows.ts'

/** Nearer to the end than this, new messages are followed; farther than the other one, a button leads back. */
const near = 48
const far = 240
/** What is seen above the divider of new messages. */
const context = -64

interface Options {
  rows: readonly Row[]
  ownId: number | undefined
  /** Where it opens: at a message, or at the end. */
  aim: Thread['aim']
  /** The last of the rows is not the end of the conversation. */
  hasNewer: boolean
  /** What is not new to the reader. */
  readSeq: number
  /** Told of the newest message of others that is on screen, and how far the beginning and the end of the rows are. */
  onLook: (seenSeq: number, fromStart: number, toEnd: number) => void
}

/**
 * Where the reader stands in a conversation. It opens where the reader wants to look, at the divider of new messages, else at the end;
 * then nothing moves the reader but the reader, and new messages while they are at the end.
 */
export function usePlace(options: Options) {
  const { rows, aim } = options
  const list = useRef<VirtualizerHandle>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const { isShifted, isOwnNew } = useChange(rows)
  const { place, look, isFar, unseen } = useLook(scroller, list, options)

  const last = rows.length - 1
  const toEnd = useCallback(() => {
    place.current.isAtEnd = true
    list.current?.scrollToIndex(last, { align: 'end' })
  }, [last, place])

  const isOpened = useOpening(() => {
    const wanted = rows.findIndex(({ message, isFirstUnread }) => (aim ? message.seq === aim.seq : isFirstUnread))
    if (wanted < 0 || (aim && aim.seq === undefined)) return toEnd()
    place.current.isAtEnd = false
    list.current?.scrollToIndex(wanted, aim ? { align: 'center' } : { align: 'start', offset: context })
  })

  // Once for each change of the messages. What has just come is measured before the next frame.
  useLayoutEffect(() => {
    if (!isOpened || rows.length === 0) return
    if (place.current.isAtEnd || isOwnNew) toEnd()
    const frame = requestAnimationFrame(look)
    return () => cancelAnimationFrame(frame)
  }, [isOpened, rows, isOwnNew, look, toEnd, place])

  const onScroll = isOpened ? look : undefined
  const onResize = () => {
    if (isOpened && place.current.isAtEnd) toEnd()
  }
  return { list, scroller, isOpened, isShifted, onScroll, onResize, toEnd, isFar, unseen }
}

/** What has changed since the messages were drawn last. */
function useChange(rows: readonly Row[]) {
  const drawn = useRef(rows)
  const before = drawn.current
  useLayoutEffect(() => {
    drawn.current = rows
  })
  const last = rows.at(-1)?.message
  // Older ones came, or went where there are too many.
  const isShifted = rows[0]?.message.key !== before[0]?.message.key
  const isOwnNew = last?.state === 'sending' && last.key !== before.at(-1)?.message.key
  return { isShifted, isOwnNew }
}

/** Shown once it stands where it opens: in the first frame the sizes are known, and where the divider is. */
function useOpening(open: () => void): boolean {
  const [isOpened, setOpened] = useState(false)
  const latest = useRef(open)
  useLayoutEffect(() => {
    latest.current = open
  })
  useLayoutEffect(() => {
    latest.current()
    let frame = requestAnimationFrame(() => {
      latest.current()
      frame = requestAnimationFrame(() => setOpened(true))
    })
    return () => cancelAnimationFrame(frame)
  }, [])
  return isOpened
}

function useLook(
  scroller: React.RefObject<HTMLDivElement | null>,
  list: React.RefObject<VirtualizerHandle | null>,
  { rows, ownId, hasNewer, readSeq, onLook }: Options,
) {
  const place = useRef({ isAtEnd: false, top: 0, seen: readSeq })
  const [isFar, setFar] = useState(false)
  const [unseen, setUnseen] = useState(0)
  const look = useCallback(() => {
    const box = scroller.current
    if (!box || !list.current) return
    const here = place.current
    const distance = box.scrollHeight - box.scrollTop - box.clientHeight
    // Whoever moves away from the end, however little, is not taken back. What grows under them moves nobody.
    here.isAtEnd = !hasNewer && (distance < 2 || ((here.isAtEnd || distance < near) && box.scrollTop >= here.top))
    here.top = box.scrollTop
    const lowest = list.current.findItemIndex(box.scrollTop + box.clientHeight - near / 2)
    here.seen = Math.max(here.seen, newestOfOthers(rows, ownId, lowest))
    setFar(distance > far)
    setUnseen(countAfter(rows, ownId, here.seen))
    onLook(here.seen, box.scrollTop, distance)
  }, [scroller, list, rows, ownId, hasNewer, onLook])
  return { place, look, isFar, unseen }
}
