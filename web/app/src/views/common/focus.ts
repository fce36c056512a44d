import { type RefObject, useEffect } from 'react'

/**
 * For what stands over the page: when it goes, the focus goes back to what opened it, as a dialog does by itself; where that is
 * gone, too, it goes to `ref`, so that reading goes on there.
 */
export function useFocusAfter(ref: RefObject<HTMLElement | null>): void {
  // A dialog gives the focus back a task later, too, and after this one: then nothing is left of this.
  useEffect(() => () => void setTimeout(() => ref.current?.focus({ preventScroll: true })), [ref])
}
