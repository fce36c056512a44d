/** The addresses of conversations. */
import { keyOf } from '../model/state.ts'

/** `2:42` is at /chat/42, `3:42` at /group/42. */
export const pathOf = (key: string): string => {
  const [kind, id] = key.split(':')
  return kind === '3' ? `/group/${id}` : `/chat/${id}`
}

/** The key of the conversation that a path shows. */
export function keyAt(path: string): string | undefined {
  const [, kind, id] = /^\/(chat|group)\/(\d+)/.exec(path) ?? []
  return id && keyOf(Number(id), kind === 'group' ? 3 : 2)
}
