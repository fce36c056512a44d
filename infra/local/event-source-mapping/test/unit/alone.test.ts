/** The folder can be taken as it is. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const folder = resolve(import.meta.dirname, '../..')

it('imports nothing from outside its folder but kafkajs and, for its tests, vitest', () => {
  const imports = globSync('**/*.ts', { cwd: folder }).flatMap((file) => {
    const sources = [...readFileSync(join(folder, file), 'utf8').matchAll(/^(?:import|export|\}) .*?from '([^']+)'/gm)]
    return sources.map(([, source = '']) =>
      source.startsWith('.') ? relative(folder, resolve(folder, dirname(file), source)) : source,
    )
  })
  const foreign = new Set(
    imports.filter((source) => !source.startsWith('node:') && !/^[\w/-]+\.(ts|json)$/.test(source)),
  )
  expect([...foreign].sort()).toEqual(['kafkajs', 'vitest'])
})
