import { Upload } from 'lucide-react'
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { closeThread, loadOlder, openThread } from '../../model/actions.ts'
import { type State, useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { reasonIn } from '../../text/reason.ts'
import { Announcer } from './announcer.tsx'
import { Composer } from './composer.tsx'
import { Ended } from './ended.tsx'
import { useFailure } from './failure.ts'
import { useFileText } from './file-texts.ts'
import { Head } from './head.tsx'
import listCss from './messages.module.css'
import { Messages } from './messages.tsx'
import { useThreadText } from './texts.ts'
import css from './thread.module.css'
import { useDrop } from './use-drop.ts'

const SearchPanel = lazy(() => import('../search/search.tsx'))

/** A conversation: its head, its messages, and the field for the next one. */
export default function ConversationView({ conversationKey }: { conversationKey: string }) {
  const isAddress = Number.isSafeInteger(Number(conversationKey.split(':')[1]))
  return isAddress ? <Opened key={conversationKey} conversationKey={conversationKey} /> : <Unknown />
}

/** Nobody who is a friend, and nothing was said: what is over can still be read. */
const isUnknown =
  (key: string) =>
  ({ isListed, conversations, threads }: State): boolean => {
    const { isLoading = true, messages = [], loadError } = threads[key] ?? {}
    return isListed && !conversations[key]?.isOpen && !isLoading && !loadError && messages.length === 0
  }

function Unknown() {
  const t = useThreadText()
  return (
    <main className={css.unknown}>
      <p>{t('unknown')}</p>
      <Link to="/">{t('toChats')}</Link>
    </main>
  )
}

function Opened({ conversationKey }: { conversationKey: string }) {
  const open = useOpenThread(conversationKey)
  const isOpen = useApp(({ conversations }) => conversations[conversationKey]?.isOpen ?? true)
  const drop = useDrop(conversationKey, isOpen)
  const search = useSearchPanel()
  if (useApp(isUnknown(conversationKey))) return <Unknown />
  return (
    <main className={css.thread} data-searching={search.isOpen || undefined} {...drop.handlers}>
      <Head conversationKey={conversationKey} search={search} />
      <Announcer conversationKey={conversationKey} />
      <Body conversationKey={conversationKey} openFailure={open.failure} onRetry={open.retry} />
      {isOpen ? <Composer conversationKey={conversationKey} /> : <End conversationKey={conversationKey} />}
      {search.isOpen && (
        <div className={css.search}>
          <Suspense fallback={null}>
            <SearchPanel
              conversationKey={conversationKey}
              onClose={search.toggle}
              onChosen={search.chosen}
              returnTo={search.button}
            />
          </Suspense>
        </div>
      )}
      {drop.isOver && <DropZone conversationKey={conversationKey} />}
    </main>
  )
}

// The width of the style sheet below which the results cover the messages.
const covering = window.matchMedia('(width < 1200px)')

function useSearchPanel() {
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return { isOpen, button, toggle: () => setOpen(!isOpen), chosen: () => covering.matches && setOpen(false) }
}

function DropZone({ conversationKey }: { conversationKey: string }) {
  const t = useFileText()
  const name = useApp(({ conversations }) => conversations[conversationKey]?.title ?? '')
  return (
    <div className={css.drop}>
      <Upload size={32} aria-hidden="true" />
      <p>{t('dropHere', { name })}</p>
    </div>
  )
}

const isGroupKey = (key: string): boolean => key.startsWith('3:')

function End({ conversationKey }: { conversationKey: string }) {
  const t = useThreadText()
  if (!isGroupKey(conversationKey)) return <Ended conversationKey={conversationKey} />
  return (
    <div className={css.ended}>
      <p>{t('leftGroup')}</p>
    </div>
  )
}

/** Keeps the conversation open as long as it is shown. */
function useOpenThread(key: string) {
  const [failure, setFailure] = useState<string>()
  const retry = useCallback(() => {
    setFailure(undefined)
    openThread(key).catch((error: unknown) => setFailure(reasonIn(error)))
  }, [key])
  useEffect(() => {
    retry()
    return () => closeThread(key)
  }, [key, retry])
  return { failure, retry }
}

interface BodyProps {
  conversationKey: string
  openFailure: string | undefined
  onRetry: () => void
}

/** What stands between the head and the field: the messages, or why there are none. */
function Body({ conversationKey, openFailure, onRetry }: BodyProps) {
  const thread = useApp(({ threads }) => threads[conversationKey])
  // Before that, nobody knows what is unread.
  const isListed = useApp((state) => state.isListed)
  const name = useApp(({ conversations }) => conversations[conversationKey]?.title ?? '')
  const peerReadSeq = useApp(({ conversations }) => conversations[conversationKey]?.peerReadSeq ?? 0)
  if (thread && isListed && thread.messages.length > 0)
    return <Messages thread={thread} name={isGroupKey(conversationKey) ? undefined : name} peerReadSeq={peerReadSeq} />
  if (openFailure) return <LoadFailed reason={openFailure} onRetry={onRetry} />
  if (thread?.loadError) return <LoadFailed reason={thread.loadError} onRetry={() => void loadOlder(conversationKey)} />
  return thread && isListed && !thread.isLoading ? <Nothing name={name} /> : <Loading />
}

function LoadFailed({ reason, onRetry }: { reason: string; onRetry: () => void }) {
  const t = useThreadText()
  const failure = useFailure()
  return (
    <div className={listCss.nothing} role="alert">
      <strong>{t('loadFailed')}</strong>
      <p>{failure(reason)}</p>
      <Button onClick={onRetry}>{t('tryAgain')}</Button>
    </div>
  )
}

function Nothing({ name }: { name: string }) {
  const t = useThreadText()
  return (
    <div className={listCss.nothing} role="log" aria-label={t('messages')}>
      <strong>{t('empty')}</strong>
      <p>{t('emptyHint', { name })}</p>
    </div>
  )
}

const bars = [44, 62, 30, 51, 38]

function Loading() {
  const t = useThreadText()
  return (
    <div className={listCss.loading} role="status" aria-label={t('loading')}>
      {bars.map((width, index) => (
        <div
          key={width}
          className={listCss.bar}
          style={{ width: `${width}%`, alignSelf: index % 3 ? 'start' : 'end' }}
        />
      ))}
    </div>
  )
}
