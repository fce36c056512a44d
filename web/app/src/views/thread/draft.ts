/** What is written and not sent yet, of each conversation: kept until the tab is closed. */

const nameOf = (owner: number, key: string): string => `gochat draft ${owner} ${key}`

export function readDraft(owner: number, key: string): string {
  try {
    return sessionStorage.getItem(nameOf(owner, key)) ?? ''
  } catch {
    return ''
  }
}

/** A browser that keeps nothing loses drafts, and nothing else. */
export function keepDraft(owner: number, key: string, text: string): void {
  try {
    if (text) sessionStorage.setItem(nameOf(owner, key), text)
    else sessionStorage.removeItem(nameOf(owner, key))
  } catch {}
}
