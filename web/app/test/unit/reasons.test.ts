import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { reasons } from '../../src/text/reasons.ts'

const root = new URL('../../../../', import.meta.url)
const contract = readFileSync(new URL('docs/wire-contract.md', root), 'utf8')
const table = contract.split('### Reasons')[1]?.split('\n## ')[0] ?? ''
const ofContract = [...table.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, reason]) => String(reason))

const library = new URL('web/client/src/', root)
const source = readdirSync(library).map((file) => readFileSync(new URL(file, library), 'utf8'))
const ofLibrary = [...source.join('\n').matchAll(/new ChatError\('([A-Z_]+)'/g)].map(([, reason]) => String(reason))

describe.each(Object.entries(reasons))('in %s', (_, texts) => {
  test('every reason of the wire contract has words', () => {
    expect(ofContract.length).toBeGreaterThan(30)
    expect(ofContract.filter((reason) => !Object.hasOwn(texts, reason))).toEqual([])
  })

  test('every reason of the library has words', () => {
    expect(ofLibrary).toContain('UNREACHABLE')
    expect(ofLibrary.filter((reason) => !Object.hasOwn(texts, reason))).toEqual([])
  })

  test('there are words for none that nobody gives', () => {
    const known = new Set([...ofContract, ...ofLibrary, 'other'])
    expect(Object.keys(texts).filter((reason) => !known.has(reason))).toEqual([])
  })

  test('words are whole sentences without a code', () => {
    for (const text of Object.values(texts)) {
      expect(text).toMatch(/[.。]$/)
      expect(text).not.toMatch(/[A-Z]{3}|_/)
    }
  })
})

test('each language is written in its own characters', () => {
  for (const text of Object.values(reasons.en)) expect(text).toMatch(/^[\x20-\x7e]+$/)
  for (const text of Object.values(reasons.zh)) expect(text).toMatch(/\p{Script=Han}/u)
})
