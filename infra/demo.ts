/**
 * Two people sign up, become friends and talk, in a group, too, by the client library, against a running `npm start`.
 *
 *     npm run demo                          at the address of the last `npm start`
 *     BASE_URL=http://… npm run demo        elsewhere
 */

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { Chat, ChatError, type ChatEvents, login, register, type Target } from '../web/client/src/index.ts'
import { readPort } from './address.ts'
import './services/environment.ts'

// loadEnvFile keeps what is set: the last start's port wins over the one in .env.
for (const file of ['../.services/environment', '../.env']) {
  const path = join(import.meta.dirname, file)
  if (existsSync(path)) process.loadEnvFile(path)
}

let base = ''
const suffix = randomBytes(3).toString('hex')
const patienceMs = 10_000

/** Somebody to talk to: a target of the others. */
interface Talker {
  name: string
  target_id: number
  chat: Chat
}

const colours: Record<string, string> = { ada: '\u001b[36m', bob: '\u001b[33m' }
const say = (name: string, line: string): void => {
  const [colour, plain] = process.stdout.isTTY ? [colours[name] ?? '', '\u001b[0m'] : ['', '']
  console.log(`${colour}${name.padEnd(4)}${plain} ${line}`)
}

/** Signs up, logs in, connects, and tells what happens from then on. */
async function arrive(name: string): Promise<Talker> {
  const [username, password] = [`${name}-${suffix}`, 'a password']
  await register(base, username, password)
  const session = await login(base, username, password)
  say(name, `has signed up as ${username}, user ${session.user_id}`)
  const chat = new Chat({ session, environment: { WebSocket } })
  chat.on('friend', ({ event, user_id }) => say(name, `is told: ${event} by user ${user_id}`))
  chat.on('message', ({ from_id, content }) => {
    if (from_id !== session.user_id) say(name, `hears: ${content}`)
  })
  chat.on('receipt', ({ seq }) => say(name, `is told that message ${seq} has been read`))
  const isOpen = next(chat, 'open')
  chat.connect()
  await isOpen
  say(name, 'is connected')
  return { name, target_id: session.user_id, chat }
}

/** Resolves when something happens. @throws Error when it does not in time. */
function next(chat: Chat, event: keyof ChatEvents): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${patienceMs} ms`)), patienceMs)
    const off = chat.on(event, () => {
      clearTimeout(timer)
      off()
      resolve()
    })
  })
}

/** The promise of `send` resolves when the message is stored. */
async function tell(from: Talker, to: Talker, content: string, place: Target = to): Promise<void> {
  const isHeard = hears(to.chat, content)
  const { seq } = await from.chat.send(place, content)
  say(from.name, `has said: ${content} (stored as message ${seq})`)
  await isHeard
}

async function hears(chat: Chat, content: string): Promise<void> {
  const timeout = AbortSignal.timeout(patienceMs)
  const messages = chat.messages()
  timeout.addEventListener('abort', () => void messages.return?.())
  for await (const message of messages) if (message.content === content) return
  throw new Error(`${content} was not heard within ${patienceMs} ms`)
}

/** A group of both: whoever belongs to it sees how it came about, in the order of what is said. */
async function meet(ada: Talker, bob: Talker): Promise<void> {
  const group = await ada.chat.call<{ id: number; code: string }>('POST', '/api/group/create', { name: 'Tea at four' })
  say('ada', `has made a group, which others find by its code ${group.code}`)
  const isIn = next(bob.chat, 'group')
  await ada.chat.call('POST', '/api/group/invite', { group_id: group.id, user_ids: [bob.target_id] })
  await isIn
  await tell(ada, bob, 'Tea, everybody? 🍵', { target_id: group.id, chat_type: 3 })
  for await (const { name, unread_count } of bob.chat.groups())
    say('bob', `sees ${name} in the list of groups, ${unread_count} unread`)
}

async function play(): Promise<void> {
  base = process.env.BASE_URL || `http://127.0.0.1:${readPort(process.env.PORT)}`
  const ada = await arrive('ada')
  const bob = await arrive('bob')

  await ada.chat.call('POST', '/api/friend/request', { target_id: bob.target_id, remark: 'It is me' })
  say('ada', 'has asked bob to be friends')
  const [request] = await bob.chat.call<{ id: number }[]>('GET', '/api/friend/requests')
  const isTold = next(ada.chat, 'friend')
  await bob.chat.call('POST', '/api/friend/handle', { request_id: request?.id, action: 1 })
  await isTold

  await tell(ada, bob, 'Hello, bob! 你好 👋')
  await tell(bob, ada, 'Hi, ada!')

  const isRead = next(bob.chat, 'receipt')
  ada.chat.read(bob, 2)
  await isRead
  for await (const { username, online } of ada.chat.friends())
    say('ada', `sees ${username} in the list of friends, ${online ? 'online' : 'offline'}`)
  for await (const page of ada.chat.history(bob))
    for (const { seq, content } of page) say('ada', `finds message ${seq} in the history: ${content}`)
  await meet(ada, bob)
  ada.chat.close()
  bob.chat.close()
}

try {
  await play()
  console.log('\nTwo people met, talked, alone and in a group, and every message is stored.')
} catch (error) {
  const isAway = error instanceof ChatError && error.reason === 'UNREACHABLE'
  const reason = error instanceof Error ? error.message : String(error)
  console.error(isAway ? `Nothing answers at ${base}. Is \`npm start\` running?` : `The demo stopped: ${reason}`)
  process.exit(1)
}
