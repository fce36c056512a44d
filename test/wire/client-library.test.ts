/** The library for clients (web/client): two people on the real service, and the examples of its README. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket as OfAnotherPackage } from 'ws'
import * as calls from '../../web/client/src/calls.ts'
import * as changes from '../../web/client/src/changes.ts'
import * as library from '../../web/client/src/index.ts'
import { baseUrl, patienceMs } from '../support/address.ts'
import { password, uniqueName } from '../support/people.ts'

const { Chat, ChatError, login, logout, register } = library

/** Somebody with a chat, and all that its events brought. */
class Person {
  readonly session: library.Session
  readonly chat: library.Chat
  readonly events: [name: string, ...brought: unknown[]][] = []
  readonly sockets: WebSocket[] = []

  constructor(session: library.Session) {
    const { sockets } = this
    this.session = session
    const environment = {
      random: () => 0,
      WebSocket: class extends WebSocket {
        constructor(url: string) {
          super(url)
          sockets.push(this)
        }
      },
    } as Partial<library.Environment>
    this.chat = new Chat({ session, environment })
    for (const name of [
      'message',
      'receipt',
      'typing',
      'friend',
      'presence',
      'open',
      'lost',
      'ended',
      'error',
    ] as const)
      this.chat.on(name, (...brought: unknown[]) => void this.events.push([name, ...brought]))
  }

  get target(): library.Target {
    return { target_id: this.session.user_id }
  }

  brought(name: string): unknown[] {
    return this.events.filter(([one]) => one === name).map(([, brought]) => brought)
  }
}

const people: Person[] = []
let ada: Person
let bob: Person

async function person(name: string): Promise<Person> {
  const username = uniqueName(name)
  await register(baseUrl, username, password)
  const one = new Person(await login(baseUrl, username, password))
  people.push(one)
  return one
}

async function befriend(one: Person, other: Person): Promise<void> {
  await one.chat.call('POST', '/api/friend/request', { target_id: other.session.user_id })
  const [request] = await other.chat.call<{ id: number }[]>('GET', '/api/friend/requests')
  await other.chat.call('POST', '/api/friend/handle', { request_id: request?.id, action: 1 })
}

const soon = <Result>(look: () => Result): Promise<Result> => vi.waitFor(look, { timeout: patienceMs, interval: 20 })
const isOpen = (one: Person) => soon(() => expect(one.brought('open')).not.toEqual([]))
const contentsOf = (one: Person) => one.brought('message').map((message) => (message as library.Message).content)

beforeEach(async () => {
  ;[ada, bob] = await Promise.all([person('ada'), person('bob')])
})
afterEach(() => {
  for (const { chat } of people.splice(0)) chat.close()
})

describe('two people', () => {
  it('become friends, talk, type, and read', async () => {
    ada.chat.connect()
    bob.chat.connect()
    await Promise.all([isOpen(ada), isOpen(bob)])
    await befriend(ada, bob)
    const [adasId, bobsId] = [ada.session.user_id, bob.session.user_id]
    await soon(() => {
      expect(bob.brought('friend')).toContainEqual({ event: 'friend_request', user_id: adasId })
      expect(ada.brought('friend')).toContainEqual({ event: 'friend_accepted', user_id: bobsId })
    })
    bob.chat.typing(ada.target, true)
    await soon(() =>
      expect(ada.brought('typing')).toEqual([
        { ...bob.target, chat_type: 2, from_id: bob.session.user_id, typing: true },
      ]),
    )
    const sent = await ada.chat.send(bob.target, '你好 🎉', { media: 2 })
    await soon(() => expect(bob.brought('message')).toEqual([{ ...sent, target_id: ada.session.user_id }]))
    expect(ada.brought('message')).toEqual([sent])
    bob.chat.read(ada.target, sent.seq)
    await soon(() => expect(ada.brought('receipt')).toMatchObject([{ from_id: bob.session.user_id, seq: 1 }]))
  })

  it('send many at once, and each sees all once and in the same order', async () => {
    await befriend(ada, bob)
    ada.chat.connect()
    bob.chat.connect()
    const texts = Array.from({ length: 20 }, (_, index) => index)
    const sent = texts.flatMap((text) => [
      ada.chat.send(bob.target, `ada ${text}`),
      bob.chat.send(ada.target, `bob ${text}`),
    ])
    const placed = (await Promise.all(sent)).sort((one, other) => one.seq - other.seq).map(({ content }) => content)
    await soon(() => expect([contentsOf(ada), contentsOf(bob)]).toEqual([placed, placed]))
    for (const name of ['ada', 'bob'])
      expect(placed.filter((text) => text.startsWith(name))).toEqual(texts.map((text) => `${name} ${text}`))
  })

  it('miss nothing while one is away, nor when a connection breaks', async () => {
    await befriend(ada, bob)
    ada.chat.connect()
    await ada.chat.send(bob.target, 'before')
    bob.chat.connect()
    await soon(() => expect(contentsOf(bob)).toEqual(['before']))
    await isOpen(bob)
    bob.sockets.at(-1)?.close()
    await ada.chat.send(bob.target, 'meanwhile')
    await soon(() => expect(bob.brought('open')).toHaveLength(2))
    await ada.chat.send(bob.target, 'after')
    await soon(() => expect(contentsOf(bob)).toEqual(['before', 'meanwhile', 'after']))
    const again = new Person(bob.session)
    people.push(again)
    again.chat.follow(ada.target, 1)
    again.chat.connect()
    await soon(() => expect(contentsOf(again)).toEqual(['meanwhile', 'after']))
    const pages = []
    for await (const page of bob.chat.history(ada.target, { limit: 2 })) pages.push(page.map(({ content }) => content))
    expect(pages).toEqual([['meanwhile', 'after'], ['before']])
    for (const target of [undefined, ada.target]) {
      const found = []
      for await (const page of bob.chat.search('MEAN', target)) found.push(...page)
      expect(found).toMatchObject([{ content: 'meanwhile', ...ada.target, chat_type: 2, seq: 2 }])
    }
  })

  it('may bring the WebSocket of another package, as before Node 22', async () => {
    await befriend(ada, bob)
    const chat = new Chat({ session: ada.session, environment: { WebSocket: OfAnotherPackage } })
    chat.connect()
    expect(await chat.send(bob.target, 'hello')).toMatchObject({ seq: 1 })
    bob.chat.connect()
    const heard = chat.messages()
    await bob.chat.send(ada.target, 'hello, too')
    for await (const { content } of heard) {
      expect(content).toBe('hello, too')
      break
    }
    chat.close()
  })

  it('hear of each other when one comes, and when one goes', async () => {
    await befriend(ada, bob)
    ada.chat.connect()
    await isOpen(ada)
    // The function that tells runs from a full minute on.
    const patient = { timeout: 75_000, interval: 100 }
    const { user_id } = bob.session
    bob.chat.connect()
    await vi.waitFor(() => expect(ada.brought('presence')).toEqual([{ user_id, online: true }]), patient)
    bob.chat.close()
    await vi.waitFor(() => expect(ada.brought('presence').at(-1)).toEqual({ user_id, online: false }), patient)
    expect(ada.brought('presence')).toHaveLength(2)
  }, 160_000)

  it('who are no friends are told so by a typed error', async () => {
    ada.chat.connect()
    const failure = await ada.chat.send(bob.target, 'hello').catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ChatError)
    expect(failure).toMatchObject({ reason: 'NOT_FRIENDS', isRetryable: false })
  })
})

describe('a session', () => {
  it('that is ended elsewhere ends the chat for good', async () => {
    ada.chat.connect()
    await isOpen(ada)
    await logout(ada.session)
    await soon(() => expect(ada.brought('ended')).toMatchObject([{ reason: 'SESSION_ENDED' }]))
    ada.chat.connect()
    await soon(() => expect(ada.brought('ended')).toHaveLength(2))
  })

  it('is not opened with a wrong password', async () => {
    const failure = login(baseUrl, ada.session.username, 'a wrong password')
    await expect(failure).rejects.toMatchObject({ name: 'ChatError', reason: 'BAD_CREDENTIALS' })
  })
})

describe('an example of the README', () => {
  const text = readFileSync(join(import.meta.dirname, '../../web/client/README.md'), 'utf8')
  const examples = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)
  const said: Record<number, unknown[]> = {
    0: ['message 4 with'],
    1: ['goes on with message 2'],
    2: ['messages 1 to 3'],
    3: ['message 2 says: two'],
    4: ['TARGET_IS_SELF false'],
    5: ['waits: Once more', 'Once more has place'],
    6: [],
    7: ['Ada'],
    8: ['Tea? '],
    9: ['accepted with an answer', 'my call was ended'],
    10: ['13 bytes sent', 'it says: bread, cheese'],
  }
  /** Takes what rings, and hangs up when it has heard something. */
  const answerCalls = (chat: library.Chat): void => {
    new calls.Calls(chat).on('ringing', (call) => {
      call.on('signal', () => call.hangUp())
      call.accept('an answer')
    })
  }
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor

  beforeEach(async () => {
    await befriend(ada, bob)
    bob.chat.connect()
    for (const content of ['one', 'two', 'three']) await bob.chat.send(ada.target, content)
    ada.chat.connect()
    await isOpen(ada)
  })

  it.each(examples.map((code, index) => ({ code, index })))('runs: number $index', async ({ code, index }) => {
    const lines: string[] = []
    const given = {
      library: { ...library, ...calls, ...changes },
      session: ada.session,
      chat: ada.chat,
      friend: { id: bob.session.user_id },
      console: { log: (...words: unknown[]) => lines.push(words.join(' ')) },
    }
    // A block: its names may be those that are given.
    const runnable = `{ ${code} }`
      .replace(/import (\{.+\}) from 'gochat-client(?:\/\w+)?'/, 'const $1 = library')
      .replace(
        "'http://localhost:8080', 'ada', 'correct horse 7'",
        `'${baseUrl}', '${ada.session.username}', '${password}'`,
      )
    answerCalls(bob.chat)
    await AsyncFunction(...Object.keys(given), runnable)(...Object.values(given))
    const expected = said[index] ?? ['an example without what it says']
    await vi.waitFor(() => {
      for (const line of expected) expect(lines.join('\n')).toContain(line)
    }, patienceMs)
    if (index === 0) expect(code.trim().split('\n').filter(Boolean)).toHaveLength(10)
  })
})
