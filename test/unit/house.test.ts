/** The house of docs/architecture.md: who may import whom. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

/** From a room to the rooms it may import; `types` may be imported as types only. */
const rules: Record<string, { from: string[]; types?: string[] }> = {
  functions: { from: ['lib/entry', 'lib/service', 'lib/client', 'lib/wire', 'lib/schema'] },
  'lib/entry': { from: ['lib/wire', 'lib/core', 'lib/client', 'lib/service/account/session'], types: ['lib/service'] },
  'lib/wire': { from: ['lib/core'] },
  'lib/service': { from: ['lib/core', 'lib/wire', 'lib/schema'], types: ['lib/client'] },
  'lib/client': { from: ['lib/core'], types: ['lib/schema'] },
  'lib/schema': { from: [] },
  'lib/core': { from: [] },
  'infra/local': { from: [] },
}

interface Import {
  from: string
  to: string
  isType: boolean
}

const files = ['functions', 'lib', 'infra/local'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
)
const imports = files.flatMap((from): Import[] =>
  [...readFileSync(join(root, from), 'utf8').matchAll(/^import\s+(type\s+)?[^'"]*?['"](\.[^'"]+)['"]/gm)].map(
    ([, type, path = '']) => ({ from, to: relative(root, join(root, dirname(from), path)), isType: Boolean(type) }),
  ),
)
const isIn = (file: string, room: string): boolean => file.startsWith(`${room}/`) || file === `${room}.ts`

describe('the house', () => {
  it.each(Object.entries(rules))('%s imports only what it may', (room, { from, types = [] }) => {
    const allowed = (to: string, isType: boolean): boolean =>
      [room, ...from, ...(isType ? types : [])].some((other) => isIn(to, other))
    const own = imports.filter((one) => isIn(one.from, room))
    expect(files.some((file) => isIn(file, room))).toBe(true)
    expect(own.filter(({ to, isType }) => !allowed(to, isType))).toEqual([])
  })

  it('has no cycle', () => {
    const graph = Map.groupBy(imports, ({ from }) => from)
    const visit = (file: string, path: string[]): string[] | undefined =>
      path.includes(file)
        ? [...path, file]
        : graph
            .get(file)
            ?.reduce<string[] | undefined>((found, { to }) => found ?? visit(to, [...path, file]), undefined)
    expect(files.map((file) => visit(file, [])).filter(Boolean)).toEqual([])
  })
})
