/**
 * The life of a connection on which nobody speaks, by the real functions: from `$connect` to the frame that tells it to go, two
 * hours later. The clock is put forward from heartbeat to heartbeat.
 */
import { handler as authorize } from '../../functions/socket/authorize.ts'
import { handler as connect } from '../../functions/socket/connect.ts'
import { handler as disconnect } from '../../functions/socket/disconnect.ts'
import { handler as receive } from '../../functions/socket/message.ts'
import { redis } from '../../lib/client/redis.ts'
import { onlineAmong } from '../../lib/service/connection/online.ts'
import { context } from '../context.ts'
import { authorizerEvent, type Device, socketEvent } from './events.ts'
import { meteredMessages } from './units.ts'

/** What lives with one interval took, all together. */
export interface Life {
  /** Between two heartbeats, as the client asked for it. */
  everySeconds: number
  lives: number
  hours: number
  /** Messages of the gateway. */
  meteredIn: number
  meteredOut: number
}

const frame = '{"type":0}'
const mostHours = 2

/** @throws Error when somebody was offline between two heartbeats, or was not told to go in time. */
export async function liveThrough(devices: readonly Device[], everySeconds: number): Promise<Life> {
  const life = { everySeconds, lives: 0, hours: 0, meteredIn: 0, meteredOut: 0 }
  const clock = Date.now
  try {
    for (const device of devices) {
      const begun = clock()
      await oneLife(device, begun, life)
      life.lives += 1
      life.hours += (Date.now() - begun) / 3_600_000
    }
    return life
  } finally {
    Date.now = clock
  }
}

async function oneLife(person: Device, begun: number, life: Life): Promise<void> {
  const { everySeconds } = life
  let now = begun
  Date.now = () => now
  const asked = await authorize(authorizerEvent(person, everySeconds), context)
  const connectionId = `${person.connectionId}-${everySeconds}`
  const device = { ...person, connectionId, connectedAt: begun, authorizer: asked.context ?? {} }
  await connect(socketEvent(device, '$connect'), context)
  for (let isTold = false; !isTold; ) {
    now += everySeconds * 1_000
    if (!(await onlineAmong({ redis }, [person.userId], now)).has(person.userId))
      throw new Error(`somebody was offline between two heartbeats, one each ${everySeconds} s`)
    if (now - begun > mostHours * 3_600_000)
      throw new Error(`a connection with a heartbeat each ${everySeconds} s was not told to go`)
    const reply = await receive(socketEvent(device, '$default', frame), context)
    const said = typeof reply === 'object' ? reply.body : undefined
    life.meteredIn += meteredMessages(Buffer.byteLength(frame))
    if (said !== undefined) life.meteredOut += meteredMessages(Buffer.byteLength(said))
    isTold = said?.includes('CONNECTION_OLD') ?? false
  }
  await disconnect(socketEvent(device, '$disconnect'), context)
}
