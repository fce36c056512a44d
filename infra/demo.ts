/**
 * Two people sign up, become friends and talk, over HTTP and WebSocket, against a running `npm start`.
 *
 *     npm run demo                          where `npm start` stands, or stood last
 *     BASE_URL=http://… npm run demo        elsewhere
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readPort } from './address.ts'
import './services/environment.ts'

// The last start's port wins over what is written for the next.
for (const file of ['../.services/environment', '../.env']) {
  const path = join(import.meta.dirname, file)
  if (existsSync(path)) process.loadEnvFile(path)
}

let base = ''
const suffix = randomBytes(3).toString('hex')
const patienceMs = 10_000

interface Reply {
  code: number
  msg: string
  data?: unknown
}

interface Person {
  name: string
  id: number
  token: string
  socket: WebSocket
  frames: Record<string, unknown>[]
}

const colours: Record<string, string> = { ada: '\u001b[36m', bob: '\u001b[33m' }
const say = (name: string, line: string): void => {
  const [colour, plain] = process.stdout.isTTY ? [colours[name] ?? '', '\u001b[0m'] : ['', '']
  console.log(`${colour}${name.padEnd(4)}${plain} ${line}`)
}

async function call(name: string, method: string, path: string, token?: string, body?: unknown): Promise<unknown> {
  const response = await fetch(base + path, {
    method,
    headers: {
      'content-type': 'application/json',
      'accept-language': 'en',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  })
  const reply = (await response.json()) as Reply
  say(name, `${method} ${path} → ${reply.msg}${reply.data === undefined ? '' : ` ${short(reply.data)}`}`)
  if (reply.code !== 0) throw new Error(`${method} ${path}: ${reply.msg}`)
  return reply.data
}

const short = (data: unknown): string => {
  const text = JSON.stringify(data, (key, value) => (key === 'token' ? `${String(value).slice(0, 12)}…` : value))
  return text.length > 160 ? `${text.slice(0, 159)}…` : text
}

async function signUp(name: string): Promise<Person> {
  const credentials = { username: `${name}-${suffix}`, password: 'a password' }
  await call(name, 'POST', '/api/user/register', undefined, credentials)
  const { token } = (await call(name, 'POST', '/api/user/login', undefined, credentials)) as { token: string }
  const { id } = (await call(name, 'GET', '/api/user/info', token)) as { id: number }
  const socket = new WebSocket(`${base.replace(/^http/, 'ws')}/api/ws?token=${token}`)
  const person: Person = { name, id, token, socket, frames: [] }
  socket.addEventListener('message', ({ data }) => {
    say(name, `⇐ ${data}`)
    person.frames.push(JSON.parse(String(data)))
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error(`${name} cannot connect to the WebSocket`)), { once: true })
  })
  say(name, 'is connected')
  return person
}

function send({ name, socket }: Person, frame: unknown): void {
  say(name, `⇒ ${JSON.stringify(frame)}`)
  socket.send(JSON.stringify(frame))
}

async function until(person: Person, what: string, isIt: (frame: Record<string, unknown>) => boolean): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!person.frames.some(isIt)) {
    if (Date.now() > deadline) throw new Error(`${person.name} did not get ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function play(): Promise<void> {
  base = process.env.BASE_URL || `http://127.0.0.1:${readPort(process.env.PORT)}`
  const ada = await signUp('ada')
  const bob = await signUp('bob')

  await call('ada', 'POST', '/api/friend/request', ada.token, { target_id: bob.id, remark: 'It is me' })
  const [request] = (await call('bob', 'GET', '/api/friend/requests', bob.token)) as { id: number }[]
  await call('bob', 'POST', '/api/friend/handle', bob.token, { request_id: request?.id, action: 1 })

  send(ada, { type: 2, target_id: bob.id, content: 'Hello, bob! 你好 👋', media: 1, client_msg_id: 'hello-1' })
  await until(bob, 'the message', ({ type }) => type === 2)
  await until(ada, 'the answer', ({ type }) => type === 5)
  send(bob, { type: 2, target_id: ada.id, content: 'Hi, ada!', media: 1 })
  await until(ada, 'the reply', ({ type }) => type === 2)

  await call('ada', 'GET', '/api/friend/list', ada.token)
  await call('ada', 'POST', '/api/friend/mark-read', ada.token, { target_id: bob.id })
  await call('ada', 'GET', `/api/chat/history?target_id=${bob.id}`, ada.token)
  ada.socket.close()
  bob.socket.close()
}

try {
  await play()
  console.log('\nTwo people met, talked, and every message is stored.')
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  console.error(
    reason === 'fetch failed' ? `Nothing answers at ${base}. Is \`npm start\` running?` : `The demo stopped: ${reason}`,
  )
  process.exit(1)
}
