import { useCallback, useEffect, useRef } from 'react'
import { markRead } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'

const isWatched = () => document.visibilityState === 'visible' && document.hasFocus()

/**
 * Marks as read what has been on screen while somebody looked at the page.
 *
 * @returns tells of the newest message of others that is on screen.
 */
export function useReadMark(key: string): (seq: number) => void {
  const shown = useRef(0)
  const marked = useRef(0)
  const mark = useCallback(() => {
    const read = Math.max(marked.current, useApp.getState().conversations[key]?.readSeq ?? 0)
    if (shown.current <= read || !isWatched()) return
    marked.current = shown.current
    markRead(key, shown.current)
  }, [key])

  useEffect(() => {
    window.addEventListener('focus', mark)
    document.addEventListener('visibilitychange', mark)
    return () => {
      window.removeEventListener('focus', mark)
      document.removeEventListener('visibilitychange', mark)
    }
  }, [mark])

  return useCallback(
    (seq) => {
      shown.current = Math.max(shown.current, seq)
      mark()
    },
    [mark],
  )
}
