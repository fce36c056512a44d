/** What the model takes from the browser, in one place: tests bring their own. */
import type { Environment } from 'gochat-client'

type Listen = (type: string, listener: (event: never) => void) => void

export interface Platform {
  /** The origin of the page, which is that of the service. */
  readonly origin: string
  /** What the library takes in place of the browser's own. */
  readonly environment: Partial<Environment>
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  /** Of this tab alone: what is being written. */
  readonly tabStorage: Pick<Storage, 'clear'>
  readonly window: { addEventListener: Listen; focus(): void }
  readonly document: { addEventListener: Listen; readonly visibilityState: string }
  readonly isOnline: boolean
  readonly Notification: typeof Notification | undefined
  readonly locks: Pick<LockManager, 'request'> | undefined
  /** Shows a number beside the icon of the page. */
  setBadge(count: number): void
}

export const platform: Platform = {
  get origin() {
    return location.origin
  },
  environment: {},
  get storage() {
    return localStorage
  },
  get tabStorage() {
    return sessionStorage
  },
  get window() {
    return window as unknown as Platform['window']
  },
  get document() {
    return document as unknown as Platform['document']
  },
  get isOnline() {
    return navigator.onLine
  },
  get Notification() {
    return globalThis.Notification
  },
  get locks() {
    return navigator.locks
  },
  setBadge(count) {
    void navigator.setAppBadge?.(count).catch(() => {})
  },
}

export const isVisible = (): boolean => platform.document.visibilityState === 'visible'
