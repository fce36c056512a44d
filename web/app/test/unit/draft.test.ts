import { afterEach, expect, test, vi } from 'vitest'
import { keepDraft, readDraft } from '../../src/views/thread/draft.ts'

afterEach(() => vi.unstubAllGlobals())

function storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> & { size: () => number } {
  const kept = new Map<string, string>()
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
    size: () => kept.size,
  }
}

test('each conversation of each user has its own draft, and one that was sent leaves nothing', () => {
  const kept = storage()
  vi.stubGlobal('sessionStorage', kept)
  keepDraft(1, '2:42', 'To Ada')
  keepDraft(1, '2:43', 'To Bob')
  expect(readDraft(1, '2:42')).toBe('To Ada')
  expect(readDraft(1, '2:43')).toBe('To Bob')
  expect(readDraft(2, '2:42')).toBe('')
  keepDraft(1, '2:42', '')
  expect(readDraft(1, '2:42')).toBe('')
  expect(kept.size()).toBe(1)
})

test('a browser that keeps nothing loses drafts, and nothing else', () => {
  const refuse = () => {
    throw new DOMException('Denied', 'SecurityError')
  }
  vi.stubGlobal('sessionStorage', { getItem: refuse, setItem: refuse, removeItem: refuse })
  expect(() => keepDraft(1, '2:42', 'To Ada')).not.toThrow()
  expect(readDraft(1, '2:42')).toBe('')
})
