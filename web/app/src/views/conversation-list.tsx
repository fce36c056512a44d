import { Search } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'
import { Link } from 'wouter'
import { type Conversation, useApp } from '../model/state.ts'
import { IconButton } from '../parts/button.tsx'
import { Skeleton } from '../parts/skeleton.tsx'
import { defineTexts } from '../text/texts.ts'
import css from './conversation-list.module.css'
import { FailureBoundary } from './failure-boundary.tsx'
import { useIsNarrow } from './narrow.ts'

const SearchPanel = lazy(() => import('./search/search.tsx'))
const load = () => import('./conversation-entries.tsx').then(({ Entries }) => ({ default: Entries }))

const Entries = lazy(load)
// It comes beside the conversations themselves, which are asked for at the same time. What fails is asked for again when it is needed.
void load().catch(() => {})

const { useText } = defineTexts(
  {
    chats: 'Chats',
    search: 'Find messages',
    filter: 'Filter conversations',
    noMatch: 'No conversation has “{{filter}}” in its name.',
    empty: 'No conversations yet',
    emptyMore:
      'Find somebody by their username, and send a request. Once it is accepted, you write to each other here.',
    find: 'Find people',
    loading: 'Loading the conversations',
  },
  {
    chats: '聊天',
    search: '查找消息',
    filter: '筛选会话',
    noMatch: '没有名称包含“{{filter}}”的会话。',
    empty: '还没有会话',
    emptyMore: '按用户名找到对方并发送好友申请，对方接受后，你们就可以在这里聊天。',
    find: '查找联系人',
    loading: '正在加载会话',
  },
)

interface ConversationListProps {
  currentKey: string | undefined
  /** On a phone it is all that is shown. */
  isAlone: boolean
}

/** Fewer are seen at a glance. */
const mostWithoutFilter = 8

export function ConversationList({ currentKey, isAlone }: ConversationListProps) {
  const t = useText()
  const isNarrow = useIsNarrow()
  const isListed = useApp((state) => state.isListed)
  const count = useApp((state) => state.order.length)
  const [isSearching, setSearching] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <section
      className={css.column}
      role={isNarrow && isAlone ? 'main' : undefined}
      aria-labelledby="chats"
      aria-busy={!isListed}
    >
      <header className={css.head}>
        <h1 id="chats">{t('chats')}</h1>
        <IconButton
          ref={button}
          label={t('search')}
          aria-expanded={isSearching}
          onClick={() => setSearching(!isSearching)}
        >
          <Search size={20} />
        </IconButton>
      </header>
      {isSearching && (
        <FailureBoundary path="search">
          <Suspense fallback={null}>
            <SearchPanel onClose={() => setSearching(false)} returnTo={button} />
          </Suspense>
        </FailureBoundary>
      )}
      {!isSearching && count > 0 && <Conversations currentKey={currentKey} count={count} />}
      {!isSearching && count === 0 && (isListed ? <Empty /> : <Waiting />)}
    </section>
  )
}

function Conversations({ currentKey, count }: { currentKey: string | undefined; count: number }) {
  const t = useText()
  const [filter, setFilter] = useState('')
  const isFiltered = count > mostWithoutFilter
  const keys = useMatching(isFiltered ? filter : '')
  return (
    <>
      {isFiltered && <Filter value={filter} onChange={setFilter} />}
      {keys.length > 0 && (
        <FailureBoundary path="">
          <Suspense fallback={<Waiting />}>
            <Entries keys={keys} currentKey={currentKey} />
          </Suspense>
        </FailureBoundary>
      )}
      {keys.length === 0 && <p className={css.noMatch}>{t('noMatch', { filter: filter.trim() })}</p>}
    </>
  )
}

const none: Readonly<Record<string, Conversation>> = {}
const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

/** The keys of those that have the text in one of their names. */
function useMatching(filter: string): readonly string[] {
  const wanted = folded(filter.trim())
  const order = useApp((state) => state.order)
  // Every message changes the conversations: only who filters hears of it.
  const conversations = useApp((state) => (wanted === '' ? none : state.conversations))
  if (wanted === '') return order
  return order.filter((key) => {
    const { title = '', username = '', nickname = '' } = conversations[key] ?? {}
    return [title, username, nickname].some((name) => folded(name).includes(wanted))
  })
}

function Filter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useText()
  return (
    <div className={css.filter}>
      <Search size={18} aria-hidden="true" />
      <input
        type="search"
        aria-label={t('filter')}
        placeholder={t('filter')}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </div>
  )
}

function Empty() {
  const t = useText()
  return (
    <div className={css.empty}>
      <h2>{t('empty')}</h2>
      <p>{t('emptyMore')}</p>
      <Link href="/people" className={css.find}>
        {t('find')}
      </Link>
    </div>
  )
}

function Waiting() {
  const t = useText()
  return (
    <div className={css.waiting}>
      <p className="visually-hidden">{t('loading')}</p>
      {[60, 45, 70, 52, 64, 40].map((width) => (
        <div key={width} className={css.entry}>
          <Skeleton width={44} height={44} radius="28%" />
          <Skeleton width={`${width}%`} height={14} />
          <span />
          <Skeleton width={`${width + 20}%`} height={12} />
        </div>
      ))}
    </div>
  )
}
