/** What goes through serverless-offline when handlers do nothing: an empty answer, and a frame that comes back. */
import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'
import type { Result } from '../result.ts'
import { startOffline } from './offline.ts'
import { inLanes, measureFloor } from './rate.ts'

const clients = 8
const connections = 20
const inFlight = 8

export async function measureEmulation(): Promise<Result[]> {
  const offline = await startOffline()
  try {
    const target = { pids: { functions: offline.pid } }
    const sockets = await Promise.all(Array.from({ length: connections }, () => connect(offline.webSocket)))
    const results = [
      await measureFloor(target, {
        workload: 'floor: empty HTTP handler',
        setting: { clients },
        run: (seconds) => inLanes(clients, seconds, () => get(`${offline.http}/empty`)),
      }),
      await measureFloor(target, {
        workload: 'floor: bare WebSocket echo',
        setting: { connections, inFlight },
        run: (seconds) => inLanes(connections * inFlight, seconds, (lane) => echoed(sockets[lane % connections], lane)),
      }),
    ]
    for (const { socket } of sockets) socket.close()
    return results
  } finally {
    await offline.stop()
  }
}

const agent = new Agent({ keepAlive: true })

function get(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (response) => {
      response.resume()
      response.on('end', resolve)
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

interface Line {
  socket: WebSocket
  /** Who waits for an echo, by lane. */
  waiting: Map<number, () => void>
}

async function connect(url: string): Promise<Line> {
  const socket = new WebSocket(url)
  const waiting: Line['waiting'] = new Map()
  socket.on('message', (data) => waiting.get(JSON.parse(String(data)).lane)?.())
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return { socket, waiting }
}

function echoed(line: Line | undefined, lane: number): Promise<void> {
  return new Promise((resolve) => {
    line?.waiting.set(lane, resolve)
    line?.socket.send(
      JSON.stringify({ type: 2, target_id: 1, content: 'a message as people write them', media: 1, lane }),
    )
  })
}
