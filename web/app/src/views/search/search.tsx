import { Search, X } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { lookAt } from '../../model/actions.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { Failure } from '../common/failure.tsx'
import { useFocusAfter } from '../common/focus.ts'
import { pathOf } from '../paths.ts'
import { Result } from './result.tsx'
import css from './search.module.css'
import { useSearchText } from './texts.ts'
import { type Found, useSearch } from './use-search.ts'

interface SearchPanelProps {
  /** Of the conversation to look in; all of them if there is none. */
  conversationKey?: string
  onClose: () => void
  /** A message is shown now. */
  onChosen?: () => void
  /** Takes the focus when the panel goes. */
  returnTo: RefObject<HTMLElement | null>
}

/** A field for words of messages, and the messages that hold them. */
export default function SearchPanel({ conversationKey, onClose, onChosen, returnTo }: SearchPanelProps) {
  const t = useSearchText()
  const { found, search, goOn } = useSearch(conversationKey)
  const onKeyDown = useKeys(onClose)
  useFocusAfter(returnTo)
  const isHere = conversationKey !== undefined
  const label = isHere ? t('here') : t('all')
  return (
    <search className={css.panel} aria-label={label} onKeyDown={onKeyDown}>
      <Field label={label} search={search} onClose={onClose} />
      <State found={found} hint={isHere ? t('hintHere') : t('hintAll')} />
      <Results found={found} isHere={isHere} goOn={goOn} onChosen={onChosen} />
      {found.state === 'failed' && (
        <Failure className={css.failure} failure={found.failure} onRetry={() => search(found.asked, true)} />
      )}
    </search>
  )
}

interface FieldProps {
  label: string
  search: (text: string, isNow: boolean) => void
  onClose: () => void
}

function Field({ label, search, onClose }: FieldProps) {
  const t = useSearchText()
  const [text, setText] = useState('')
  const field = useRef<HTMLInputElement>(null)
  // A menu that opened it gives the focus back first.
  useEffect(() => {
    const timer = setTimeout(() => field.current?.focus())
    return () => clearTimeout(timer)
  }, [])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    search(text, true)
  }
  return (
    <form className={css.form} onSubmit={submit}>
      <Search size={18} aria-hidden="true" />
      <input
        ref={field}
        type="search"
        aria-label={label}
        placeholder={label}
        maxLength={100}
        autoComplete="off"
        enterKeyHint="search"
        value={text}
        onChange={({ target, nativeEvent }) => {
          setText(target.value)
          // What is being composed is not what is meant yet.
          if (!('isComposing' in nativeEvent && nativeEvent.isComposing)) search(target.value, false)
        }}
        onCompositionEnd={({ currentTarget }) => search(currentTarget.value, false)}
      />
      <IconButton label={t('close')} onClick={onClose}>
        <X size={20} />
      </IconButton>
    </form>
  )
}

/** Escape closes it; arrows go through the field and the results. */
function useKeys(onClose: () => void) {
  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Escape') {
      // The field would only be emptied.
      event.preventDefault()
      onClose()
      return
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0) return
    const stops: Element[] = [...event.currentTarget.querySelectorAll('input, li a')]
    const next = stops[stops.indexOf(document.activeElement ?? event.currentTarget) + step]
    event.preventDefault()
    if (next instanceof HTMLElement) next.focus()
  }
}

function State({ found: { state, asked, hits }, hint }: { found: Found; hint: string }) {
  const t = useSearchText()
  const count = hits.length
  const text = () => {
    if (state === 'idle' || asked === '') return hint
    if (count > 0) return state === 'over' ? t('found', { count }) : t('more', { count })
    if (state === 'busy') return t('busy')
    if (state === 'sparse') return t('sparse')
    return state === 'over' ? t('none', { text: asked }) : ''
  }
  return (
    <p className={css.state} role="status" aria-busy={state === 'busy' || undefined}>
      {text()}
    </p>
  )
}

interface ResultsProps {
  found: Found
  isHere: boolean
  goOn: () => Promise<unknown>
  onChosen: (() => void) | undefined
}

function Results({ found: { hits, asked, state }, isHere, goOn, onChosen }: ResultsProps) {
  const t = useSearchText()
  const choose = useChoose(onChosen)
  const [now] = useState(Date.now)
  return (
    <div className={css.results}>
      {hits.length > 0 && (
        <ul aria-label={t('results')}>
          {hits.map((message) => (
            <Result key={message.id} {...{ message, asked, isHere, now }} onChoose={choose} />
          ))}
        </ul>
      )}
      {state === 'open' && <Further goOn={goOn} />}
      {state === 'sparse' && (
        <p className={css.further}>
          <Button onClick={() => void goOn()}>{t('goOn')}</Button>
        </p>
      )}
    </div>
  )
}

/** Goes on when the reader has come to the end of what is here. */
function Further({ goOn }: { goOn: () => Promise<unknown> }) {
  const mark = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void goOn())
    if (mark.current) observer.observe(mark.current)
    return () => observer.disconnect()
  }, [goOn])
  return <div ref={mark} className={css.mark} />
}

/** Shows a message in its conversation. One that cannot be loaded leaves everything as it is. */
function useChoose(onChosen: (() => void) | undefined) {
  const [path, navigate] = useLocation()
  const latest = useRef({ path, onChosen })
  useEffect(() => {
    latest.current = { path, onChosen }
  })
  return useCallback(
    async (key: string, seq: number) => {
      if (!(await lookAt(key, seq))) return
      if (latest.current.path !== pathOf(key)) navigate(pathOf(key))
      latest.current.onChosen?.()
    },
    [navigate],
  )
}
