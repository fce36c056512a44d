/**
 * Two people sign up, become friends and talk, over HTTP and WebSocket, against a running `npm start`.
 *
 *     npm run demo                          at the address of the last `npm start`
 *     BASE_URL=http://… npm run demo        elsewhere
 */

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { WebSocket } from 'ws'
import { readPort } from './address.ts'
import { call } from './client/http.ts'
import type { Person } from './client/people.ts'
import { connect, type Frame, Inbox } from './client/socket.ts'
import './services/environment.ts'

// loadEnvFile keeps what is set: the last start's port wins over the one in .env.
for (const file of ['../.services/environment', '../.env']) {
  const path = join(import.meta.dirname, file)
  if (existsSync(path)) process.loadEnvFile(path)
}

let base = ''
const suffix = randomBytes(3).toString('hex')
const patienceMs = 10_000

/** A person with a socket, and the frames received over it. */
interface Talker extends Person {
  socket: WebSocket
  inbox: Inbox
}

const colours: Record<string, string> = { ada: '\u001b[36m', bob: '\u001b[33m' }
const say = (name: string, line: string): void => {
  const [colour, plain] = process.stdout.isTTY ? [colours[name] ?? '', '\u001b[0m'] : ['', '']
  console.log(`${colour}${name.padEnd(4)}${plain} ${line}`)
}

/** Calls the API and prints that. */
async function callAloud<T>(name: string, method: string, path: string, token?: string, body?: unknown): Promise<T> {
  const data = await call<T>(base, method, path, token, body)
  say(name, `${method} ${path} → ok${data === undefined ? '' : ` ${short(data)}`}`)
  return data
}

const short = (data: unknown): string => {
  const text = JSON.stringify(data, (key, value) => (key === 'token' ? `${String(value).slice(0, 12)}…` : value))
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}

async function arrive(name: string): Promise<Talker> {
  const credentials = { username: `${name}-${suffix}`, password: 'a password' }
  await callAloud(name, 'POST', '/api/user/register', undefined, credentials)
  const { token } = await callAloud<{ token: string }>(name, 'POST', '/api/user/login', undefined, credentials)
  const { id } = await callAloud<{ id: number }>(name, 'GET', '/api/user/info', token)
  const inbox = new Inbox()
  const socket = await connect(base, { token }, (frames) => {
    for (const frame of frames) {
      say(name, `⇐ ${JSON.stringify(frame)}`)
      inbox.put(frame)
    }
  })
  say(name, 'is connected')
  return { name, id, token, socket, inbox }
}

function send({ name, socket }: Talker, frame: Frame): void {
  say(name, `⇒ ${JSON.stringify(frame)}`)
  socket.send(JSON.stringify(frame))
}

const until = ({ inbox }: Talker, type: number): Promise<Frame> =>
  inbox.next((frame) => frame.type === type, patienceMs)

async function play(): Promise<void> {
  base = process.env.BASE_URL || `http://127.0.0.1:${readPort(process.env.PORT)}`
  const ada = await arrive('ada')
  const bob = await arrive('bob')

  await callAloud('ada', 'POST', '/api/friend/request', ada.token, { target_id: bob.id, remark: 'It is me' })
  const [request] = await callAloud<{ id: number }[]>('bob', 'GET', '/api/friend/requests', bob.token)
  await callAloud('bob', 'POST', '/api/friend/handle', bob.token, { request_id: request?.id, action: 1 })

  send(ada, { type: 2, target_id: bob.id, content: 'Hello, bob! 你好 👋', media: 1, client_msg_id: 'hello-1' })
  await until(bob, 2)
  await until(ada, 5)
  send(bob, { type: 2, target_id: ada.id, content: 'Hi, ada!', media: 1 })
  await until(ada, 2)

  await callAloud('ada', 'GET', '/api/friend/list', ada.token)
  await callAloud('ada', 'POST', '/api/friend/mark-read', ada.token, { target_id: bob.id })
  await callAloud('ada', 'GET', `/api/chat/history?target_id=${bob.id}`, ada.token)
  ada.socket.close()
  bob.socket.close()
}

try {
  await play()
  console.log('\nTwo people met, talked, and every message is stored.')
} catch (error) {
  const isAway = Reflect.get(Object(error), 'code') === 'ECONNREFUSED'
  const reason = error instanceof Error ? error.message : String(error)
  console.error(isAway ? `Nothing answers at ${base}. Is \`npm start\` running?` : `The demo stopped: ${reason}`)
  process.exit(1)
}
