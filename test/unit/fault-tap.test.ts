/** What listens in under the library notes what passes, and breaks the connection as it is told. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { Ledger } from '../fault/ledger.ts'
import { seeded } from '../fault/random.ts'
import { type DeviceLog, emptyRecording, type Recording } from '../fault/recording.ts'
import { TappedSocket } from '../fault/tap-socket.ts'
import { messageTo, userTarget } from '../fault/target.ts'

let server: WebSocketServer
let peer: WebSocket
let address: string
let socket: TappedSocket
let recording: Recording
let ledger: Ledger
let log: DeviceLog
let events: string[]

async function open(isOld: boolean): Promise<void> {
  const told: string[] = []
  events = told
  recording = emptyRecording()
  ledger = new Ledger(recording, 'run')
  log = {
    name: 'ada/1',
    owner: 1,
    seen: [],
    connects: 0,
    marksTold: new Map(),
    marksGiven: new Map(),
    beforeLastSync: new Map(),
  }
  const owner = { id: 1, name: 'ada', token: 'secret', targets: [], closed: [] }
  const { port } = server.address() as AddressInfo
  const options = { owner, log, isOld, pace: 1, random: seeded(1), recording, ledger }
  socket = new TappedSocket(`ws://127.0.0.1:${port}/api/ws?ticket=t&frames=batch&heartbeat=30`, options)
  socket.onopen = () => void told.push('open')
  socket.onmessage = (({ data }: { data: string }) => void told.push(data)) as never
  socket.onclose = () => void told.push('close')
  await vi.waitFor(() => expect(events).toEqual(['open']))
}

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (one, { url = '' }) => {
    peer = one
    peer.on('error', () => {})
    address = url
  })
  await once(server, 'listening')
})
afterEach(() => {
  peer.terminate()
  server.close()
})

it('shows the library all that comes, and writes it down', async () => {
  await open(false)
  expect(address).toBe('/api/ws?ticket=t&frames=batch&heartbeat=30')
  const push = { type: 2, id: 5, seq: 1, from_id: 2, target_id: 1, content: 'hello', created_at: 9 }
  const text = JSON.stringify([push, { type: 6, from_id: 2, target_id: 1, seq: 3 }])
  peer.send(text)
  peer.send('no frame')
  await vi.waitFor(() => expect(events).toEqual(['open', text, 'no frame']))
  expect(log.seen).toMatchObject([{ via: 'push', target: userTarget(2), seq: 1, id: 5, from: 2, content: 'hello' }])
  expect(log.marksTold).toEqual(new Map([[userTarget(2), 3]]))
  expect(recording.offences).toEqual(['ada/1 received what is no frame: no frame'])
})

it('connects as GoChat’s pages do where it is told to', async () => {
  await open(true)
  expect(address).toBe('/api/ws?heartbeat=30&token=secret')
})

it.each(['close', 'terminate', 'cut', 'nonsense'] as const)('knows which messages were cut by: %s', async (how) => {
  await open(false)
  const [named, unnamed] = [ledger.say(1, userTarget(2), true, 0), ledger.say(1, userTarget(2), true, 0)]
  socket.send(JSON.stringify(messageTo(userTarget(2), named.content, 'm')))
  socket.send(JSON.stringify(messageTo(userTarget(2), unnamed.content, undefined)))
  socket.leave(how)
  await vi.waitFor(() => expect(events).toEqual(['open', 'close']))
  expect(named.attempts).toMatchObject([{ device: 'ada/1', isCut: true }])
  expect(unnamed.isUncertain).toBe(true)
})
