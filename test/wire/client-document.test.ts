/** The clients of docs/clients.md, as they stand there, against the real service; that in Python where Python is there. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { baseUrl, patienceMs } from '../support/address.ts'
import { history } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { type Person, password, people } from '../support/people.ts'
import { virtualEnvironment } from '../support/tool.ts'

const document = await readFile(resolve(import.meta.dirname, '../../docs/clients.md'), 'utf8')
const python = await virtualEnvironment('clients', join(import.meta.dirname, 'requirements.txt'), console.log)

const codeIn = (language: string): string =>
  document.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's'))?.[1] ?? ''
const linesOf = (code: string): number => code.split('\n').filter((line) => line.trim() !== '').length

let folder: string
let ada: Person
let bob: Person

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gochat-clients-'))
  await Promise.all([
    writeFile(join(folder, 'client.mjs'), codeIn('js')),
    writeFile(join(folder, 'client.py'), codeIn('python')),
  ])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

beforeEach(async () => {
  ;({ ada, bob } = await people('ada', 'bob'))
  await befriend(ada, bob)
})

interface Run {
  child: ChildProcess
  lines: string[]
}

/** Ends with the test, whatever becomes of it. */
function run(program: string, file: string, who: Person, ...more: (string | number)[]): Run {
  const args = [join(folder, file), baseUrl, who.username, password, ...more.map(String)]
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: 30_000 })
  const lines: string[] = []
  let rest = ''
  child.stdout?.on('data', (data) => {
    const parts = `${rest}${data}`.split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  })
  return { child, lines }
}

const soon = (look: () => void): Promise<void> => vi.waitFor(look, { timeout: patienceMs, interval: 50 })

describe('in JavaScript', () => {
  it('has at most 60 lines', () => {
    expect(linesOf(codeIn('js'))).toBeLessThanOrEqual(60)
  })

  it('two of them talk: each shows every message once, in one order', async () => {
    const [first, second] = [
      run(process.execPath, 'client.mjs', ada, bob.id),
      run(process.execPath, 'client.mjs', bob, ada.id),
    ]
    try {
      for (let number = 1; number <= 10; number += 1) {
        first.child.stdin?.write(`ada ${number}\n`)
        second.child.stdin?.write(`bob ${number}\n`)
      }
      await soon(() => expect([first.lines, second.lines].map(({ length }) => length)).toEqual([20, 20]))
      const stored = (await history(ada, bob)).map(({ seq, content }) => `${seq} ${content}`)
      const plain = (lines: string[]) => lines.map((line) => line.replace(/ (friend|me): /, ' '))
      expect([plain(first.lines), plain(second.lines)]).toEqual([stored, stored])
      expect(first.lines.filter((line) => line.includes(' me: '))).toHaveLength(10)
    } finally {
      for (const { child } of [first, second]) child.kill()
    }
  })
})

describe.skipIf('missing' in python)('in Python', () => {
  const interpreter = 'folder' in python ? join(python.folder, 'bin/python') : ''

  it('has at most 40 lines', () => {
    expect(linesOf(codeIn('python'))).toBeLessThanOrEqual(40)
  })

  it('says something until it is stored, and shows the conversation', async () => {
    const { child, lines } = run(interpreter, 'client.py', ada, bob.id, '你好 🎉')
    const [code] = await once(child, 'exit')
    expect([code, lines]).toEqual([0, ['1 me: 你好 🎉']])
    expect((await history(bob, ada)).map(({ content }) => content)).toEqual(['你好 🎉'])
  })

  it('ends with the reason when it is refused', async () => {
    const { child } = run(interpreter, 'client.py', ada, ada.id, 'to myself')
    expect((await once(child, 'exit'))[0]).toBe(1)
  })
})
