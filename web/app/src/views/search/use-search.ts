import type { Message } from 'gochat-client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { searchMessages } from '../../model/actions.ts'

export interface Found {
  /** `open`: there may be more. `sparse`: so much was looked through in vain that only a person goes on. `over`: that is all. */
  state: 'idle' | 'busy' | 'open' | 'sparse' | 'over' | 'failed'
  /** What was looked for. */
  asked: string
  hits: readonly Message[]
  failure?: unknown
}

/** After the last key. Each search costs the reader as much as ten pages. */
const pauseMs = 500
/** Pages without a hit. */
const mostEmpty = 5

const nothing: Found = { state: 'idle', asked: '', hits: [] }

/** A search, as somebody types. */
export function useSearch(conversationKey: string | undefined) {
  const [found, setFound] = useState(nothing)
  const pages = useRef<AsyncGenerator<readonly Message[]>>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      pages.current = undefined
    },
    [],
  )

  const goOn = useCallback(async () => {
    const mine = pages.current
    if (!mine) return
    const show = (next: (now: Found) => Partial<Found>) =>
      pages.current === mine && setFound((now) => ({ ...now, ...next(now) }))
    show(() => ({ state: 'busy' }))
    try {
      for (let empty = 0; empty < mostEmpty && pages.current === mine; empty += 1) {
        const { done, value } = await mine.next()
        if (done) return show(() => ({ state: 'over' }))
        if (value.length > 0) return show(({ hits }) => ({ state: 'open', hits: joined(hits, value) }))
      }
      show(() => ({ state: 'sparse' }))
    } catch (failure) {
      show(() => ({ state: 'failed', failure }))
    }
  }, [])

  /** Now, or after a pause. */
  const search = (text: string, isNow: boolean) => {
    clearTimeout(timer.current)
    const asked = text.trim()
    if (asked === found.asked && found.state !== 'failed') return
    if (!isNow && asked !== '') {
      timer.current = setTimeout(() => search(text, true), pauseMs)
      return
    }
    pages.current = asked === '' ? undefined : searchMessages(asked, conversationKey)
    setFound({ ...nothing, asked })
    void goOn()
  }
  return { found, search, goOn }
}

/** A conversation that is spoken in meanwhile may come once more. */
function joined(hits: readonly Message[], page: readonly Message[]): readonly Message[] {
  const known = new Set(hits.map(({ id }) => id))
  return [...hits, ...page.filter(({ id }) => !known.has(id))]
}
