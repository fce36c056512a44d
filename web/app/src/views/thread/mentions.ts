/** Who is mentioned in a text: `@` and a name. */

export interface Named {
  /** 0 is everybody. */
  id: number
  name: string
}

/** As everybody is called, in whichever language it was written. */
export const everybody: readonly Named[] = ['everybody', 'all', '所有人', '全体成员'].map((name) => ({ id: 0, name }))

/** The most that one message mentions, by the wire contract. */
const most = 50

const letter = /[a-z0-9_]/i

/** Texts and mentions in turn. Of two names the longer one is meant; where a word or an address goes on, none is. */
export function mentionsIn(text: string, people: readonly Named[]): (string | Named)[] {
  const parts: (string | Named)[] = []
  let from = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const named = at > 0 && letter.test(text.charAt(at - 1)) ? undefined : namedAt(text, at + 1, people)
    if (!named) continue
    if (at > from) parts.push(text.slice(from, at))
    from = at + 1 + named.name.length
    parts.push({ id: named.id, name: text.slice(at + 1, from) })
    at = from - 1
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts
}

function namedAt(text: string, at: number, people: readonly Named[]): Named | undefined {
  let found: Named | undefined
  for (const one of people) {
    const { length } = one.name
    if (length === 0 || length <= (found?.name.length ?? 0)) continue
    const goesOn = letter.test(one.name.charAt(length - 1)) && letter.test(text.charAt(at + length))
    if (!goesOn && isSame(text.slice(at, at + length), one.name)) found = one
  }
  return found
}

const isSame = (one: string, other: string): boolean => one === other || one.toLowerCase() === other.toLowerCase()

/** The ids of those who are mentioned, each once. */
export function idsIn(text: string, people: readonly Named[]): number[] {
  const named = mentionsIn(text, people).flatMap((part) => (typeof part === 'string' ? [] : part.id))
  return [...new Set(named)].slice(0, most)
}

export interface Query {
  /** Where its `@` is. */
  at: number
  /** What was written of the name so far. */
  text: string
}

const longestName = 64

/** The name that is being written before the caret. */
export function queryAt(text: string, caret: number): Query | undefined {
  const at = text.lastIndexOf('@', caret - 1)
  const query = text.slice(at + 1, caret)
  if (at < 0 || caret <= at || query.length > longestName || /[\n@]/.test(query)) return undefined
  return at > 0 && letter.test(text.charAt(at - 1)) ? undefined : { at, text: query }
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

/** How well a name fits: 2 it begins so, 1 one of its words does, or it is in it where words have no spaces; 0 not at all. */
export function fitOf(name: string, query: string): number {
  const [whole, wanted] = [folded(name), folded(query)]
  if (whole.startsWith(wanted)) return 2
  const isWord = whole.split(' ').some((_, index, words) => words.slice(index).join(' ').startsWith(wanted))
  return isWord || (/[^\p{ASCII}]/u.test(wanted) && whole.includes(wanted)) ? 1 : 0
}
