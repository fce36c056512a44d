import { type RefObject, useEffect, useRef, useState } from 'react'
import { fileAddress } from '../../model/actions.ts'
import { reasonIn } from '../../text/reason.ts'

/** Asked for a little before it comes into view. */
const margin = '200px'

interface Asked {
  address?: string
  /** Why it cannot be had; `unusable` when what lies there cannot be shown. */
  reason?: string
}

/** Where a file is to be read, from the time on when its place comes into view. One that could not be used is asked for once more. */
export function useFileAddress<Place extends HTMLElement>(path: string, isSmall: boolean) {
  const place = useRef<Place>(null)
  const isSeen = useSeen(place)
  const [attempt, setAttempt] = useState(0)
  const [asked, setAsked] = useState<Asked>({})
  useEffect(() => {
    if (!isSeen) return
    let isWanted = true
    const show = (next: Asked) => isWanted && setAsked(next)
    fileAddress(path, isSmall, attempt > 0).then(
      (address) => show({ address }),
      (failure: unknown) => show({ reason: reasonIn(failure) }),
    )
    return () => {
      isWanted = false
    }
  }, [isSeen, path, isSmall, attempt])
  const retry = () => {
    // The next address may be the same: without one in between, the browser would not read it again.
    setAsked({})
    setAttempt((count) => count + 1)
  }
  const fail = () => (attempt === 0 ? retry() : setAsked({ reason: 'unusable' }))
  return { place, ...asked, fail, retry }
}

function useSeen(place: RefObject<HTMLElement | null>): boolean {
  const [isSeen, setSeen] = useState(false)
  useEffect(() => {
    const element = place.current
    if (!element || isSeen) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true)
      },
      { rootMargin: margin },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [place, isSeen])
  return isSeen
}
