/** An application on the library, in a world of its own and in made-up time. */
import { afterEach, beforeEach, vi } from 'vitest'
import { Chat, type ChatError, type Message, type Options } from '../src/index.ts'
import { World, type WorldSocket } from './world.ts'

export interface Seen {
  world: World
  chat: Chat
  messages: Message[]
  /** The names of the events of the connection, with what they brought. */
  events: (string | [string, ChatError])[]
  /** The open socket. @throws Error when there is none. */
  socket(): WorldSocket
}

/** Time passes when a test says so. */
export function useMadeUpTime(): void {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
}

export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

export function open(world = new World([2, 3]), options: Partial<Options> = {}): Seen {
  const chat = new Chat({ session: world.session, environment: world.environment, ...options })
  const messages: Message[] = []
  const events: Seen['events'] = []
  chat.on('message', (message) => messages.push(message))
  chat.on('open', () => events.push('open'))
  chat.on('lost', () => events.push('lost'))
  chat.on('ended', (error) => events.push(['ended', error]))
  chat.on('error', (error) => events.push(['error', error]))
  chat.connect()
  const socket = () => {
    const [found] = world.sockets
    if (!found) throw new Error('no socket is open')
    return found
  }
  return { world, chat, messages, events, socket }
}

export const seqsOf = (messages: readonly Message[]): number[] => messages.map(({ seq }) => seq)

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const taken: Item[] = []
  for await (const item of items) taken.push(item)
  return taken
}
