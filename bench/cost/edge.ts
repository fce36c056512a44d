/** Messages through the edge, from socket to socket: what API Gateway would count of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { befriend, signUp } from '../../infra/client/people.ts'
import { connect } from '../../infra/client/socket.ts'
import type { Testbed } from '../testbed.ts'
import { meteredMessages } from './units.ts'

export interface Passed {
  messages: number
  meteredIn: number
  meteredOut: number
}

const messages = 100
const quietMs = 1_000

/** One writes to another, both with one connection, and each message asks for an ack. */
export async function throughEdge({ base }: Testbed): Promise<Passed> {
  const [ada, bob] = [await signUp(base, 'ada'), await signUp(base, 'bob')]
  await befriend(base, ada, bob)
  const passed = { messages, meteredIn: 0, meteredOut: 0 }
  let heardAt = performance.now()
  const sockets = await Promise.all([ada, bob].map(({ token }) => connect(base, { token }, () => {})))
  for (const socket of sockets) {
    socket.on('message', (data) => {
      passed.meteredOut += meteredMessages(Buffer.byteLength(String(data)))
      heardAt = performance.now()
    })
  }
  for (let index = 0; index < messages; index++) {
    const content = `a message as people write them, some words long: ${index}`
    const frame = JSON.stringify({ type: 2, target_id: bob.id, content, media: 1, client_msg_id: String(index) })
    sockets[0]?.send(frame)
    passed.meteredIn += meteredMessages(Buffer.byteLength(frame))
    // One after another: none is to share a batch.
    while (passed.meteredOut < 2 * (index + 1) && performance.now() - heardAt < quietMs) await sleep(1)
  }
  while (performance.now() - heardAt < quietMs) await sleep(50)
  for (const socket of sockets) socket.close()
  return passed
}
