/** Whom a request was sent to since the page was opened: the service lists only those that came. */
import { create } from 'zustand'
import { useApp } from '../../model/state.ts'

interface Asked {
  by: number | undefined
  ids: ReadonlySet<number>
}

const nobody: ReadonlySet<number> = new Set()
const useStore = create<Asked>(() => ({ by: undefined, ids: nobody }))

const ownId = (): number | undefined => useApp.getState().session?.user_id

export function markAsked(id: number): void {
  const by = ownId()
  useStore.setState((asked) => ({ by, ids: new Set([...(asked.by === by ? asked.ids : nobody), id]) }))
}

/** Of whoever is signed in. */
export const useAsked = (): ReadonlySet<number> => useStore(({ by, ids }) => (by === ownId() ? ids : nobody))
