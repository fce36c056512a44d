/** `npm run chat` against the real service: for scripts by pipes, for people at a terminal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { baseUrl, patienceMs } from '../support/address.ts'
import { history } from '../support/chat.ts'
import { areFriends, befriend, request } from '../support/friend.ts'
import { type Person, password, people, uniqueName } from '../support/people.ts'

const program = resolve(import.meta.dirname, '../../web/cli/chat.ts')
// It gives a program a terminal; part of util-linux.
const terminal = '/usr/bin/script'

interface Run {
  child: ChildProcess
  output(): string
  errors(): string
  /** What came as JSON lines. */
  events(): Record<string, unknown>[]
  exit(): Promise<number | null>
}

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

function start(command: string, args: readonly string[], environment: Record<string, string> = {}): Run {
  const { CHAT_PASSWORD: _, ...rest } = process.env
  const env = { ...rest, CHAT_PASSWORD: password, NO_COLOR: '1', TERM: 'xterm', ...environment }
  const child = spawn(command, args, { env })
  running.push(child)
  let [output, errors] = ['', '']
  child.stdout.on('data', (data) => {
    output += data
  })
  child.stderr.on('data', (data) => {
    errors += data
  })
  const over = once(child, 'exit')
  return {
    child,
    output: () => output,
    errors: () => errors,
    events: () =>
      output
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    exit: async () => (await over)[0],
  }
}

const chat = (who: string, ...args: string[]): Run =>
  start(process.execPath, [program, '--url', baseUrl, '--as', who, ...args])

const soon = (look: () => void): Promise<void> => vi.waitFor(look, { timeout: patienceMs, interval: 50 })

let ada: Person
let bob: Person
beforeEach(async () => {
  ;({ ada, bob } = await people('ada', 'bob'))
})

describe('for scripts', () => {
  it('each line is a message, and it ends when all are stored', async () => {
    await befriend(ada, bob)
    const run = chat(ada.username, '--to', bob.username)
    const said = Array.from({ length: 150 }, (_, index) => `line ${index}`)
    run.child.stdin?.end(`${said.join('\n')}\n`)
    expect(await run.exit(), run.errors()).toBe(0)
    const stored = await history(bob, ada)
    expect(stored.map(({ content }) => content)).toEqual(said.slice(-100))
    expect(stored.at(-1)?.seq).toBe(150)
  })

  it('JSON lines go in and out: each is answered by its number, and what comes is told', async () => {
    await befriend(ada, bob)
    const run = chat(ada.username, '--json', '--wait', 'forever')
    const lines = [{ to: bob.username, content: '你好' }, { to: 'nobody-at-all', content: 'x' }, { content: 'x' }, 7]
    for (const line of lines) run.child.stdin?.write(`${JSON.stringify(line)}\n`)
    run.child.stdin?.write('no JSON\n')
    await soon(() =>
      expect(run.events().filter(({ event }) => event === 'refused' || event === 'stored')).toEqual(
        expect.arrayContaining([
          { event: 'stored', line: 1, to: bob.username, id: expect.any(Number), seq: 1 },
          { event: 'refused', line: 2, to: 'nobody-at-all', reason: 'NOT_FRIENDS' },
          { event: 'refused', line: 3, reason: 'INVALID_INPUT' },
          { event: 'refused', line: 4, reason: 'INVALID_INPUT' },
          { event: 'refused', line: 5, reason: 'INVALID_INPUT' },
        ]),
      ),
    )
    const other = chat(bob.username, '--to', ada.username)
    other.child.stdin?.end('hello\n')
    expect(await other.exit()).toBe(0)
    await soon(() =>
      expect(run.events()).toContainEqual(
        expect.objectContaining({ event: 'message', with: bob.username, from: bob.username, seq: 2, content: 'hello' }),
      ),
    )
    run.child.kill('SIGINT')
    expect(await run.exit()).toBe(1)
  })

  it('shows what was said before when it is asked to', async () => {
    await befriend(ada, bob)
    const first = chat(ada.username, '--to', bob.username)
    first.child.stdin?.end('one\ntwo\nthree\n')
    await first.exit()
    const run = chat(bob.username, '--to', ada.username, '--json', '--history', '2')
    run.child.stdin?.end()
    expect(await run.exit()).toBe(0)
    const told = run.events().flatMap(({ event, content, seq }) => (event === 'message' ? [[seq, content]] : []))
    expect(told.slice(0, 2)).toEqual([
      [2, 'two'],
      [3, 'three'],
    ])
  })

  it.each<[what: string, code: number, args: string[], environment: Record<string, string>]>([
    ['without a name', 2, ['--to', 'bob'], {}],
    ['with an option that it does not know', 2, ['--as', 'ada', '--colour'], {}],
    ['with an address that is none', 2, ['--as', 'ada', '--to', 'bob', '--url', 'chat'], {}],
    ['without somebody to talk to', 2, ['--as', 'ADA'], {}],
    ['with a wrong password', 3, ['--as', 'ADA', '--to', 'bob'], { CHAT_PASSWORD: 'a wrong one' }],
    ['when nothing answers', 4, ['--as', 'ada', '--to', 'bob', '--url', 'http://127.0.0.1:1'], {}],
  ])('ends %s with code %i', async (_what, code, args, environment) => {
    const named = args.map((arg) => (arg === 'ADA' ? ada.username : arg))
    const url = args.includes('--url') ? [] : ['--url', baseUrl]
    const run = start(process.execPath, [program, ...url, ...named], environment)
    run.child.stdin?.end()
    expect([await run.exit(), run.output()]).toEqual([code, ''])
    expect(run.errors()).not.toContain('    at ')
  })

  it('creates the account when it is asked to', async () => {
    const name = uniqueName('eve')
    const run = chat(name, '--new', '--json')
    run.child.stdin?.end()
    expect(await run.exit(), run.errors()).toBe(0)
  })
})

describe.skipIf(!existsSync(terminal))('for people', () => {
  const at = (who: Person, ...args: string[]): Run => {
    const words = [process.execPath, program, '--url', baseUrl, '--as', who.username, ...args]
    return start(terminal, ['-qfec', words.map((word) => `'${word}'`).join(' '), '/dev/null'])
  }
  const enter = (run: Run, line: string): void => void run.child.stdin?.write(`${line}\r`)

  it('two people become friends and talk', async () => {
    await request(bob, ada, 'It is me')
    const [one, other] = [at(ada), at(bob)]
    await soon(() => expect(one.output()).toContain(`${bob.username} asks to be your friend: It is me`))
    await soon(() => expect(other.output()).toContain('No friends yet'))
    enter(one, `/accept ${bob.username}`)
    await soon(() => expect(other.output()).toContain(`${ada.username} is your friend now`))
    expect(await areFriends(ada, bob)).toBe(true)
    enter(one, `/to ${bob.username}`)
    await soon(() => expect(one.output()).toContain(`${bob.username} > `))
    enter(one, 'Hello, bob!')
    await soon(() => expect(other.output()).toContain(`(${ada.username}) Hello, bob!`))
    enter(other, `/to ${ada.username}`)
    await soon(() => expect(other.output()).toContain(`${ada.username}: Hello, bob!`))
    other.child.stdin?.write('Hi')
    await soon(() => expect(one.output()).toContain(`${bob.username} types`))
    enter(other, ', ada!')
    await soon(() => expect(one.output()).toContain(`${bob.username}: Hi, ada!`))
    enter(one, '/quit')
    expect(await one.exit()).toBe(0)
    other.child.stdin?.write('\u0003')
    expect(await other.exit()).toBe(0)
  })

  it('sees no signs of others that would move the cursor, where a script writes to the terminal', async () => {
    await befriend(ada, bob)
    const words = [process.execPath, program, '--url', baseUrl, '--as', ada.username, '--to', bob.username]
    const command = `sleep 8 | ${words.map((word) => `'${word}'`).join(' ')}`
    const run = start(terminal, ['-qfec', command, '/dev/null'])
    const script = chat(bob.username, '--json', '--to', ada.username)
    script.child.stdin?.end(`${JSON.stringify({ content: 'red\u001b[2Jno\u202Ewhere' })}\n`)
    expect(await script.exit()).toBe(0)
    await soon(() => expect(run.output()).toContain(`${bob.username}: red[2Jnowhere`))
  })

  it('shows no signs that would move the cursor of another', async () => {
    await befriend(ada, bob)
    const run = at(ada, '--to', bob.username)
    await soon(() => expect(run.output()).toContain(`${bob.username} > `))
    const script = chat(bob.username, '--json', '--to', ada.username)
    script.child.stdin?.end(`${JSON.stringify({ content: 'red\u001b[2Jno\u202Ewhere' })}\n`)
    expect(await script.exit()).toBe(0)
    await soon(() => expect(run.output()).toContain(`${bob.username}: red[2Jnowhere`))
  })
})
