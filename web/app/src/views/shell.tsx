import type { ReactNode } from 'react'

/** What stands around every view of somebody who is signed in: navigation, the list of conversations, banners. */
export function Shell({ children }: { children: ReactNode }) {
  return <div>{children}</div>
}
