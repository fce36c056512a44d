/** What the fault ring loads before the functions' code: names that lead where a file says, and a clock that is ahead by another. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'gochat-preload-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a program that prints one value as JSON, with `preload` before it and `text` in its file. */
function run(preload: string, variable: string, text: string, program: string): unknown {
  const file = join(folder, variable)
  writeFileSync(file, text)
  const url = pathToFileURL(resolve(import.meta.dirname, '../fault', preload)).href
  const args = ['--import', url, '--input-type=module', '--eval', `const file = process.env.${variable}; ${program}`]
  return JSON.parse(execFileSync(process.execPath, args, { env: { [variable]: file }, encoding: 'utf8' }))
}

it('a name leads to the address that the file holds at that moment, for every way to look it up', () => {
  const program = `
    import { lookup } from 'node:dns'
    import { writeFileSync } from 'node:fs'
    const found = (options) => new Promise((done) => lookup('mysql.lan', options, (...found) => done(found)))
    const first = await found({})
    writeFileSync(file, '{"mysql.lan":"::1"}')
    console.log(JSON.stringify([first, await found({ all: true })]))`
  expect(run('preload-names.ts', 'NAMES_FILE', '{"mysql.lan":"127.0.0.2"}', program)).toEqual([
    [null, '127.0.0.2', 4],
    [null, [{ address: '::1', family: 6 }]],
  ])
})

it('the clock is ahead by what the file holds, and by what it holds later when a second has passed', () => {
  const program = `
    import { statSync, writeFileSync } from 'node:fs'
    const ahead = () => {
      writeFileSync(file, '7200000')
      const system = statSync(file).mtimeMs
      return [Date.now(), new Date().getTime(), Date.parse(Date())].map((at) => Math.round((at - system) / 3_600_000))
    }
    Date.now()
    const before = ahead()
    await new Promise((done) => setTimeout(done, 1_100))
    console.log(JSON.stringify([before, ahead(), new Date(5).getTime(), new Date() instanceof Date]))`
  const result = run('preload-clock.ts', 'CLOCK_FILE', '3600000', program)
  expect(result).toEqual([[1, 1, 1], [2, 2, 2], 5, true])
})
