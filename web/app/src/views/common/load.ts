/** What a view reads before it can be shown: loading, there, or failed with a way to try again. */
import { useCallback, useEffect, useState } from 'react'

export type Loaded<Data> = { state: 'loading' } | { state: 'ready'; data: Data } | { state: 'failed'; failure: unknown }

export interface Load<Data> {
  loaded: Loaded<Data>
  /** Reads again, and shows that it does. */
  reload: () => void
  /** Changes what is shown, ahead of the service or after it. Does nothing while nothing is there. */
  change: (next: (data: Data) => Data) => void
}

/** `load` is the same function each time. */
export function useLoad<Data>(load: () => Promise<Data>): Load<Data> {
  const [loaded, setLoaded] = useState<Loaded<Data>>({ state: 'loading' })
  const reload = useCallback(() => {
    let isWanted = true
    const show = (next: Loaded<Data>) => isWanted && setLoaded(next)
    show({ state: 'loading' })
    load().then(
      (data) => show({ state: 'ready', data }),
      (failure: unknown) => show({ state: 'failed', failure }),
    )
    return () => {
      isWanted = false
    }
  }, [load])
  useEffect(() => reload(), [reload])
  const change = useCallback(
    (next: (data: Data) => Data) =>
      setLoaded((now) => (now.state === 'ready' ? { state: 'ready', data: next(now.data) } : now)),
    [],
  )
  return { loaded, reload, change }
}
