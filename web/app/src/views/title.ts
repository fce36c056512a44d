import { useEffect } from 'react'

/** Names the window: what is shown, and how much is unread. */
export function useTitle(title: string | undefined, unread = 0): void {
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${title ? `${title} · ` : ''}GoChat`
  }, [title, unread])
}
