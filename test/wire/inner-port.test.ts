/** On a machine, functions are run and posts to sockets taken behind the origin. Nobody but the start itself may ask there. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { heard, say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { send } from '../support/raw.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'

const { posts, invocations } = inject('inner') ?? { posts: '', invocations: '' }
const persist = '/2015-03-31/functions/gochat-local-streamPersist/invocations'

const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')
let adasSocket: Socket
let bobsSocket: Socket
beforeEach(async () => {
  await befriend(ada, bob)
  adasSocket = await connect({ token: ada.token })
  bobsSocket = await connect({ token: bob.token })
})
afterEach(closeAll)

/** What the consumer would get of a message of ada that she has never sent. */
function forged(content: string): string {
  const record = {
    kind: 'message',
    ...{ record_id: randomUUID(), from_id: ada.id, target_id: bob.id, chat_type: 2, content, media: 1 },
    requested_at: Date.now(),
    origin: { connection_id: 'none', batch: false, language: 'en' },
  }
  const topic = 'chat-messages'
  const value = Buffer.from(JSON.stringify(record)).toString('base64')
  const offset = Number.MAX_SAFE_INTEGER
  const one = { topic, partition: 0, offset, timestamp: Date.now(), timestampType: 'CREATE_TIME', value, headers: [] }
  return JSON.stringify({ eventSource: 'aws:kafka', records: { [`${topic}-0`]: [one] } })
}

type Headers = Record<string, string>
const own = (address: string): Headers => ({ host: new URL(address).host })
const withoutSecret = (address: string): string => new URL(address).origin
const page = { origin: 'https://evil.example', 'content-type': 'text/plain' }

const attacks: [string, (address: string) => [address: string, headers: Headers]][] = [
  ['a page that guesses the port', (address) => [withoutSecret(address), { ...own(address), ...page }]],
  ['a page that has learnt the secret', (address) => [address, { ...own(address), ...page }]],
  ['a page whose name leads here', (address) => [address, { host: 'evil.example' }]],
  ['a form without an Origin', (address) => [address, { ...own(address), 'sec-fetch-site': 'cross-site' }]],
  ['another program of the machine', (address) => [withoutSecret(address), own(address)]],
]

describe.runIf(invocations)('a message that was never sent', () => {
  it('would be delivered by who knows the secret of the start', async () => {
    expect(await send(`${invocations}${persist}`, own(invocations), forged('played'))).toBe(200)
    expect(await heard(bobsSocket, ada)).toMatchObject({ content: 'played' })
  })

  it.each(attacks)('is not delivered for %s, and true ones are', async (_who, attack) => {
    const [address, headers] = attack(invocations)
    expect(await send(`${address}${persist}`, headers, forged('forged'))).toBe(403)
    await say(adasSocket, bob, 'true')
    expect(await heard(bobsSocket, ada)).toMatchObject({ seq: 1, content: 'true' })
  })
})

describe.runIf(posts)('the endpoint for posts', () => {
  it.each(attacks)('answers nothing to %s', async (_who, attack) => {
    const [address, headers] = attack(posts)
    expect(await send(`${address}/@connections/any`, headers, 'forged')).toBe(403)
    expect(await send(`${posts}/@connections/any`, own(posts), 'played')).toBe(410)
    await bobsSocket.none(ofType(2))
  })
})
