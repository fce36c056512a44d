import { ChevronDown } from 'lucide-react'
import { memo, useCallback, useEffect, useMemo, useState } from 'react'
import { Virtualizer } from 'virtua'
import { loadNewer, loadOlder, lookAtEnd } from '../../model/actions.ts'
import { type ShownMessage, type Thread, useApp } from '../../model/state.ts'
import { Message } from './message.tsx'
import css from './messages.module.css'
import { rowsOf } from './rows.ts'
import { progressOf } from './send-state.ts'
import { Beginning, startHeight } from './start.tsx'
import { useThreadText } from './texts.ts'
import { useMessageActions } from './use-message-actions.tsx'
import { usePlace } from './use-place.ts'
import { useReadMark } from './use-read-mark.ts'
import { useToday } from './use-today.ts'

/** More messages are asked for before the reader comes to the first or the last one. */
const early = 1_000
/** How long a message that was looked for stands out. */
const foundMs = 3_000

interface MessagesProps {
  thread: Thread
  /** Of the other side; undefined in a group, whose messages name whoever wrote them. */
  name: string | undefined
  peerReadSeq: number
}

/** The messages of a conversation; only those near the screen are in the page. It begins anew where the reader wants to look. */
export const Messages = memo(function Messages(props: MessagesProps) {
  return <Log key={props.thread.aim?.id ?? 0} {...props} />
})

function Log({ thread, name, peerReadSeq }: MessagesProps) {
  const t = useThreadText()
  const today = useToday()
  const ownId = useApp(({ session }) => session?.user_id)
  const rows = useMemo(() => rowsOf(thread.messages, thread.unreadFromSeq), [thread.messages, thread.unreadFromSeq])
  const onLook = useOnLook(thread.key)
  const { aim, hasNewer } = thread
  const [readSeq] = useState(() => useApp.getState().conversations[thread.key]?.readSeq ?? 0)
  const place = usePlace({ rows, ownId, aim, hasNewer, readSeq, onLook })
  const foundSeq = useFound(aim?.seq)
  const stop = rows.findLast(({ message }) => isActedOn(message))?.message.key
  const { handlers, dialogs } = useMessageActions(thread.key)
  const progress = (message: ShownMessage) => (message.from_id === ownId ? progressOf(message, peerReadSeq) : undefined)
  return (
    <div className={css.frame}>
      <div
        ref={place.scroller}
        className={css.log}
        data-opened={place.isOpened || undefined}
        {...logRole(t('messages'))}
        {...handlers}
      >
        <Beginning thread={thread} />
        <Virtualizer
          ref={place.list}
          data={rows}
          shift={place.isShifted}
          startMargin={startHeight}
          onScroll={place.onScroll}
          onResize={place.onResize}
        >
          {(row) => (
            <Message
              key={row.message.key}
              {...row}
              conversationKey={thread.key}
              author={row.message.from_id === ownId ? undefined : (name ?? authorOf(row.message))}
              isInGroup={name === undefined}
              isFound={row.message.seq !== undefined && row.message.seq === foundSeq}
              progress={progress(row.message)}
              today={today}
              isStop={row.message.key === stop}
            />
          )}
        </Virtualizer>
      </div>
      {(place.isFar || place.unseen > 0 || hasNewer) && (
        <Jump unseen={place.unseen} onJump={hasNewer ? () => lookAtEnd(thread.key) : place.toEnd} />
      )}
      {dialogs}
    </div>
  )
}

/** The message that was looked for, for a moment. */
function useFound(seq: number | undefined): number | undefined {
  const [found, setFound] = useState(seq)
  useEffect(() => {
    const timer = setTimeout(() => setFound(undefined), foundMs)
    return () => clearTimeout(timer)
  }, [])
  return found
}

const isActedOn = ({ seq, from_id, isRecalled }: ShownMessage): boolean =>
  seq !== undefined && from_id !== 0 && !isRecalled

const authorOf = ({ author, from_id }: ShownMessage): string => author ?? `#${from_id}`

// What scrolls into the page is not news: the announcer says what is.
// And what scrolls must be reached by keyboard.
const logRole = (label: string) => ({ role: 'log', 'aria-label': label, 'aria-live': 'off', tabIndex: 0 }) as const

function useOnLook(key: string) {
  const markSeen = useReadMark(key)
  return useCallback(
    (seenSeq: number, fromStart: number, toEnd: number) => {
      markSeen(seenSeq)
      const { hasOlder, hasNewer, isLoading, loadError } = useApp.getState().threads[key] ?? {}
      if (fromStart < early && hasOlder && !isLoading && !loadError) void loadOlder(key)
      if (toEnd < early && hasNewer) void loadNewer(key)
    },
    [key, markSeen],
  )
}

function Jump({ unseen, onJump }: { unseen: number; onJump: () => void }) {
  const t = useThreadText()
  const news = unseen > 0 ? t('unseen', { count: unseen }) : ''
  const label = news ? `${t('jump')}: ${news}` : t('jump')
  return (
    <button type="button" className={css.jump} aria-label={label} title={t('jump')} onClick={onJump}>
      {news && <span>{news}</span>}
      <ChevronDown size={20} aria-hidden="true" />
    </button>
  )
}
