/** The documents and workflows say what the code says: reasons, routes, frames, breaks, tests, rings and files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withPicture } from '../../docs/picture.ts'
import { limits, socketLimits } from '../../lib/core/limits.ts'
import { type Reason, textOf } from '../../lib/core/refusal.ts'
import { FrameType } from '../../lib/wire/frame.ts'
import { routes } from '../../lib/wire/route.ts'
import { type Break, breaks } from '../breaks.ts'
import { mistakes } from '../deploy/mistakes.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const documents = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file}`),
]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: read(path) }))

/** A document's part under a heading, up to the next one of any level. */
function section(path: string, heading: string): string {
  const [, part = ''] = read(path).split(new RegExp(`^#+ ${heading}$`, 'm'))
  return part.split(/^#+ /m)[0] ?? ''
}

/** The cells of a section's table rows, without the rows of its head. */
const rows = (text: string): string[][] =>
  [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim())).slice(2)

/** A file of tests, and titles in it, each quoted. */
const quotePattern = /`((?:web\/client\/)?test\/\S+?)`: ((?:“[^”]+”(?:,\s+)?)+)/g

const quotesOf = (text: string): (readonly [file: string, title: string])[] =>
  [...text.matchAll(quotePattern)].flatMap(([, file = '', list = '']) =>
    [...list.matchAll(/“([^”]+)”/g)].map(([, title = '']) => [file, title.replace(/\s+/g, ' ')] as const),
  )

const isMisquoted = ([file, title]: readonly [string, string]): boolean => !read(file).includes(title)

describe('the wire contract', () => {
  const path = 'docs/wire-contract.md'

  it('lists every reason with its status and code', () => {
    const reasons = [...read('lib/core/refusal.ts').matchAll(/^ {2}([A-Z_]+): \{/gm)].map(([, name]) => name as Reason)
    expect(reasons.length).toBeGreaterThan(20)
    const told = rows(section(path, 'Reasons')).map(([name, status, code]) => [name, Number(status), Number(code)])
    const known = reasons.map((name) => [`\`${name}\``, textOf(name, 'en').status, textOf(name, 'en').code])
    expect(told).toEqual(known)
  })

  it('lists every route, and no others', () => {
    const told = rows(section(path, 'HTTP routes')).map(([route = '']) => route.replaceAll('`', ''))
    expect(told.sort()).toEqual(Object.keys(routes).sort())
  })

  it('lists every type of frame', () => {
    const told = ['From the client', 'From the server'].flatMap((heading) =>
      rows(section(path, heading)).map(([type = '']) => Number.parseInt(type, 10)),
    )
    expect([...new Set(told)].sort((a, b) => a - b)).toEqual(Object.values(FrameType))
  })
})

describe('the promises', () => {
  const path = 'docs/promises.md'
  const titles = Object.values(breaks)
    .map(({ promise }) => promise)
    .filter((promise) => promise !== 'Security')

  it.each([...new Set(titles)])('name the breaks of “%s”, each with its judges', (promise) => {
    const known = Object.entries(breaks).filter(([, one]) => one.promise === promise)
    const judges = ({ test, fault }: Break): string =>
      [test && `\`${test[0]}\`: “${test[1]}”`, fault && `the checker, under “${fault.name}”`].filter(Boolean).join('; ')
    expect(rows(section(path, promise))).toEqual(known.map(([name, one]) => [name, judges(one)]))
  })

  it.each(Object.entries(breaks))('break one line: %s', (_name, { file, find, test, fault }) => {
    expect(read(file).split(find)).toHaveLength(2)
    expect(test ?? fault).toBeDefined()
  })

  it('quote titles of tests as they stand in their files', () => {
    const quotes = quotesOf(read(path))
    expect(quotes.length).toBeGreaterThan(30)
    expect(quotes.filter(isMisquoted)).toEqual([])
  })
})

describe('the threats', () => {
  const threats = rows(section('docs/security.md', 'Threats'))
  const namesOf = (cell = ''): string[] => cell.split('; ')
  const taken = [...Object.keys(breaks), ...Object.keys(mistakes).map((name) => `mistake: ${name}`)]

  it.each(threats)('to %s, “%s”, are answered, as tests show: %s', (...row) => {
    const [, , , tests = '', lines] = row
    const quotes = quotesOf(tests)
    expect(quotes.length).toBeGreaterThan(0)
    expect(quotes.filter(isMisquoted)).toEqual([])
    // What is left besides the quotes would be a form that nobody checks.
    expect(tests.replace(quotePattern, '').replaceAll(';', '').trim()).toBe('')
    expect(taken).toEqual(expect.arrayContaining(namesOf(lines)))
  })

  it('have every break that is no promise’s, each next to the file of its test', () => {
    const told = threats.flatMap(([, , , tests = '', lines]) => namesOf(lines).map((name) => [name, tests] as const))
    const own = Object.entries(breaks).filter(([, { promise }]) => promise === 'Security')
    expect(own.length).toBeGreaterThan(15)
    expect(
      own.filter(([name, { test }]) => !told.some(([one, tests]) => one === name && tests.includes(`${test?.[0]}`))),
    ).toEqual([])
  })
})

it('the limits in docs/security.md are those of the code', () => {
  const told = rows(section('docs/security.md', 'Limits')).map(([name, , by, count]) => [name, by, Number(count)])
  const known = [
    ...Object.values(limits),
    ...Object.values(socketLimits).map((one) => ({ ...one, by: 'user' as const })),
  ].map(({ variable, by, count }) => [`\`${variable}\``, by, count])
  expect(told).toEqual(known)
})

describe('the workflows', () => {
  const folder = '.github/workflows'
  const text = readdirSync(join(root, folder))
    .map((file) => read(join(folder, file)))
    .join('\n')
  const wordsOf = (pattern: RegExp, from = text): string[] =>
    [...from.matchAll(pattern)].flatMap(([, list = '']) => list.match(/[\w:-]+/g) ?? [])

  it('run every ring of the tests, and no others', () => {
    const rings = wordsOf(/^const (?:usual|rings) = \[(?:\.\.\.usual, )?(.+)\]/gm, read('test/run.ts'))
    expect(rings).toContain('start')
    expect([...new Set(wordsOf(/npm test -- (.+)$/gm))].sort()).toEqual(rings.sort())
  })

  it('call only scripts and files that are there', () => {
    const { scripts } = JSON.parse(read('package.json'))
    expect(wordsOf(/npm run (.+)$/gm).filter((name) => !(name in scripts))).toEqual([])
    const files = [...text.matchAll(/npx node (\S+)/g)].map(([, file = '']) => file)
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })
})

it('the picture of the house shows the imports as they are', async () => {
  expect(read('docs/architecture.md')).toBe(await withPicture())
})

it('a message is read along files that are each named once, and imported by one before or run by the mapping', () => {
  const [, walk = ''] = read('docs/architecture.md').split('<!-- walk -->')
  const files = [...(walk.split('<!-- /walk -->')[0] ?? '').matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = '']) => file)
  expect(files.length).toBeGreaterThan(10)
  expect(new Set(files).size).toBe(files.length)
  const reached = (file: string, index: number): boolean =>
    file.startsWith('functions/') || files.slice(0, index).some((from) => read(from).includes(importOf(from, file)))
  expect(files.filter((file, index) => !reached(file, index))).toEqual([])
})

it('the diagram of tables names all tables, and only columns that they have', () => {
  const [, diagram = ''] = read('docs/architecture.md').split('erDiagram')
  const drawn = [...(diagram.split('```')[0] ?? '').matchAll(/^ {2}(\w+) \{\n(.*?)^ {2}\}/gms)].map(
    ([, table = '', columns = '']) =>
      [table, [...columns.matchAll(/^ {4}\w+ (\w+)/gm)].map(([, column = '']) => column)] as const,
  )
  const code = read('lib/schema/tables.ts')
  const known = new Map([...code.matchAll(/^ {2}(\w+): (\w+Table)$/gm)].map(([, table, type]) => [table, type]))
  expect(drawn.map(([table]) => table).sort()).toEqual([...known.keys()].sort())
  const body = (table: string): string => code.split(`export interface ${known.get(table)} {`)[1]?.split('\n}')[0] ?? ''
  const unknown = drawn.flatMap(([table, columns]) =>
    columns.filter((column) => !new RegExp(`^ {2}${column}: `, 'm').test(body(table))).map((column) => [table, column]),
  )
  expect(unknown).toEqual([])
})

/** How a file's import of another reads. */
function importOf(from: string, file: string): string {
  const path = relative(dirname(from), file)
  return `from '${path.startsWith('.') ? path : `./${path}`}'`
}

describe.each(documents)('$path', ({ path, text }) => {
  it('names only files that are there', () => {
    const named = [...text.matchAll(/`((?:lib|functions|infra|test|docs|bench)\/[\w./-]+\.\w+)`/g)]
      .map(([, file]) => file)
      // A name that is to be chosen stands for no file.
      .filter((file) => !file?.includes('NNNN'))
    const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, to = '']) =>
      join(dirname(path), to),
    )
    expect([...named, ...linked].filter((file = '') => !existsSync(join(root, file)))).toEqual([])
  })
})
