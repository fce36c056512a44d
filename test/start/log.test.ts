/** What a whole run writes down, functions and stores, of people who come in, are refused, talk and leave: nothing that lets anyone in. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { request } from '../../infra/client/http.ts'
import { dial, type Query, socketUrl, upgraded } from '../../infra/client/socket.ts'
import { choosePorts } from '../../infra/services/port.ts'
import { signedPath } from '../support/storage.ts'
import { copyProject, type Npm, npm, type Project, processesIn, untilNoProcessIn } from './project.ts'

let project: Project
let started: Npm
let base = ''

beforeAll(async () => {
  project = copyProject('logs')
  const [port = 0] = await choosePorts([0])
  base = `http://127.0.0.1:${port}`
  started = npm(project.folder, ['start', '--', '--verbose'], { PORT: String(port), LOG_LEVEL: 'debug' })
  await started.said('Ctrl-C stops everything')
})

afterAll(async () => {
  for (const { pid } of processesIn(project.parent)) process.kill(pid, 'SIGKILL')
  await untilNoProcessIn(project.parent)
  project.remove()
})

/** Everything that anybody could come in with, by what it is. */
const secrets = new Map<string, string>()
const secret = (what: string, text = `${what}-${randomUUID()}`): string => {
  secrets.set(what, text)
  return text
}

async function call(method: string, path: string, token?: string, body?: object): Promise<Record<string, string>> {
  const reply = await request(base, { method, path, token, payload: body && JSON.stringify(body) })
  return JSON.parse(String(reply.body)).data ?? {}
}

/** Comes with a token or a ticket, says something if it is let in, and leaves. */
async function upgrade(query: Query, headers: Record<string, string> = {}): Promise<number> {
  const socket = dial(socketUrl(base), query, { headers })
  const status = await upgraded(socket)
  if (status === 101) {
    socket.send(JSON.stringify({ type: 0, ping: 1 }))
    socket.send(secret('malformed frame'))
    socket.send(JSON.stringify({ type: 2, target_id: 1, content: secret('content'), client_msg_id: 'c' }))
    await new Promise((resolve) => socket.once('message', resolve))
  }
  socket.terminate()
  return status
}

/** Once by an address that counts, and once by one that does not. */
async function upload(): Promise<void> {
  const { STORAGE_ENDPOINT = '' } = parseEnv(readFileSync(join(project.folder, '.services/environment'), 'utf8'))
  secret('key of the storage', new URL(STORAGE_ENDPOINT).password)
  const signed = signedPath(STORAGE_ENDPOINT, { method: 'PUT', path: '/incoming/a' })
  secret('signature', signed.slice(-64))
  for (const path of [signed, signed.replace('incoming/a', 'incoming/b')])
    await fetch(base + path, { method: 'PUT', body: secret('upload') })
}

/** By each way in, with what counts and with what does not. @returns the statuses of the sockets. */
async function comeAndGo(): Promise<number[]> {
  const username = `ada-${randomUUID()}`
  const password = secret('password')
  await call('POST', '/api/user/register', undefined, { username, password })
  await call('POST', '/api/user/login', undefined, { username, password: secret('wrong password') })
  const token = secret('token', (await call('POST', '/api/user/login', undefined, { username, password })).token)
  const forged = secret('forged token', `${token.slice(0, -8)}AAAAAAAA`)
  const ticket = async (what: string) => secret(what, (await call('POST', '/api/ws/ticket', token)).ticket)
  const taken = await ticket('ticket')
  for (const given of [token, forged, secret('no token')]) {
    await call('GET', `/api/user/info?token=${given}`)
    await call('GET', '/api/user/info', given)
    await call('GET', `/api/nowhere?token=${given}&ticket=${given}`)
    const headers = { cookie: `token=${given}`, origin: 'https://elsewhere.example' }
    await fetch(`${base}/api/user/info`, { headers })
    await upgrade({}, headers)
  }
  const statuses = [await upgrade({ token }), await upgrade({ ticket: taken }), await upgrade({ ticket: taken })]
  statuses.push(await upgrade({ ticket: secret('no ticket') }), await upgrade({ token: forged }))
  const change = { old_password: password, new_password: secret('new password'), renew_token: true }
  const late = await ticket('late ticket')
  const renewed = secret('renewed token', (await call('POST', '/api/user/password/update', token, change)).token)
  statuses.push(await upgrade({ ticket: late }), await upgrade({ token }), await upgrade({ token: renewed }))
  await call('POST', '/api/user/logout', renewed)
  await upload()
  return [...statuses, await upgrade({ token: renewed })]
}

it('no token, ticket, password or message is in any log, whether it counts or not', async () => {
  expect(await comeAndGo()).toEqual([101, 101, 401, 401, 401, 401, 401, 101, 401])
  started.child.kill('SIGINT')
  await started.ended
  const folder = join(project.folder, '.services')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.log') && !file.startsWith('servers-'),
  )
  const logs = [started.output(), ...files.map((file) => readFileSync(join(folder, file), 'utf8'))]
  // Those of the functions, with every line, and of each store.
  expect(started.output()).toContain('"reason":"TOKEN_INVALID"')
  expect(started.output()).toContain('"event":"malicious_cors"')
  for (const store of ['mysql', 'redis', 'kafka', 'storage']) expect(files.join()).toContain(store)
  const found = [...secrets].filter(([, text]) =>
    logs.some((log) => log.includes(text) || log.includes(encodeURIComponent(text))),
  )
  expect(secrets.size).toBeGreaterThan(10)
  expect(found.map(([what]) => what)).toEqual([])
  expect(logs.flatMap((log) => log.match(/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}/g) ?? [])).toEqual([])
})
