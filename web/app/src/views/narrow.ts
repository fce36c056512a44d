import { useSyncExternalStore } from 'react'

// The width of the style sheets of this folder.
const narrow = window.matchMedia('(width < 900px)')

const subscribe = (changed: () => void) => {
  narrow.addEventListener('change', changed)
  return () => narrow.removeEventListener('change', changed)
}

/** One screen at a time. For what style sheets cannot say. */
export const useIsNarrow = (): boolean => useSyncExternalStore(subscribe, () => narrow.matches)
