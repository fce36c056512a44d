import { type KeyboardEvent, type RefObject, useId, useMemo, useState } from 'react'
import { type GroupMember, useApp } from '../../model/state.ts'
import { useChangeText } from './change-texts.ts'
import { fitOf, queryAt } from './mentions.ts'
import { useMembers } from './names.ts'

export interface Candidate {
  id: number
  /** What is written behind the `@`. */
  name: string
  /** What else is known of them. */
  about: string
  avatar: string
}

const mostShown = 20

export interface Completion {
  /** Of the list, which names it for the field. */
  id: string
  candidates: readonly Candidate[]
  active: number
  choose: (candidate: Candidate) => void
}

/** Completes the names of members behind an `@`, in groups. @returns the list if there is one, and what is told of keys and the caret. */
export function useMention(key: string, field: RefObject<HTMLTextAreaElement | null>, write: (text: string) => void) {
  const id = useId()
  const [typed, setTyped] = useState({ text: '', caret: 0 })
  const [active, setActive] = useState(0)
  /** Where the `@` is whose list the person does not want. */
  const [declined, setDeclined] = useState<number>()
  const isGroup = key.startsWith('3:')
  const query = isGroup ? queryAt(typed.text, typed.caret) : undefined
  const all = useCandidates(key, query !== undefined)
  const wanted = query && query.at !== declined ? query.text : undefined
  const candidates = useMemo(() => (wanted === undefined ? [] : fitting(all, wanted)), [all, wanted])

  const choose = ({ name }: Candidate) => {
    const box = field.current
    if (!box || !query) return
    box.setRangeText(`@${name} `, query.at, typed.caret, 'end')
    write(box.value)
    look()
    box.focus()
  }
  /** The text or the caret has changed. */
  const look = () => {
    const { value: text = '', selectionStart: caret = 0 } = field.current ?? {}
    setTyped((last) => (last.text === text && last.caret === caret ? last : { text, caret }))
    setActive(0)
    if (queryAt(text, caret)?.at !== declined) setDeclined(undefined)
  }
  /** @returns whether the key was for the list. */
  const onKey = (event: KeyboardEvent): boolean => {
    const chosen = candidates[active]
    if (!chosen) return false
    const { length } = candidates
    if (event.key === 'ArrowDown') setActive((active + 1) % length)
    else if (event.key === 'ArrowUp') setActive((active + length - 1) % length)
    else if (event.key === 'Escape') setDeclined(query?.at)
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) choose(chosen)
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  const completion: Completion | undefined = candidates.length > 0 ? { id, candidates, active, choose } : undefined
  return { completion, look, onKey }
}

/** All who can be mentioned: everybody by those who run the group, and not oneself. */
function useCandidates(key: string, isNeeded: boolean): Candidate[] {
  const t = useChangeText()
  const members = useMembers(key, isNeeded)
  const ownId = useApp(({ session }) => session?.user_id)
  const mayMentionAll = useApp(({ conversations }) => (conversations[key]?.group?.role ?? 3) <= 2)
  return useMemo(() => {
    const everybody = { id: 0, name: t('everybody'), about: t('everybodyMeans'), avatar: '' }
    const others = members.filter(({ user_id }) => user_id !== ownId).map(candidateOf)
    return mayMentionAll ? [...others, everybody] : others
  }, [t, members, ownId, mayMentionAll])
}

/** By the nickname, unless others have it as well: then by the username, which nobody shares. */
function candidateOf({ user_id, nickname, username, avatar }: GroupMember, _: number, all: readonly GroupMember[]) {
  const isShared = all.some((other) => other.user_id !== user_id && other.nickname === nickname)
  return { id: user_id, name: isShared ? username : nickname, about: isShared ? nickname : username, avatar }
}

/** Those whose names fit, the best first. */
function fitting(all: readonly Candidate[], query: string): Candidate[] {
  const fits = all.map((one) => ({ one, fit: Math.max(fitOf(one.name, query), fitOf(one.about, query)) }))
  const found = fits.filter(({ fit }) => fit > 0).sort((one, other) => other.fit - one.fit)
  return found.slice(0, mostShown).map(({ one }) => one)
}
