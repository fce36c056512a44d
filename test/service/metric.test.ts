/** What the consumer measures. */
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { consume } from '../../lib/service/message/consume.ts'
import { outputOf } from './output.ts'
import { closeClients, connected, db, delivered, listeningGateway, noSlices, person, redis } from './stage.ts'
import { kinds } from './talk.ts'

afterEach(() => vi.restoreAllMocks())
afterAll(closeClients)

const soon = (): number => Date.now() + 20_000

/** The line with metrics of the one batch that was consumed. */
function metricsOf(output: readonly string[]): Record<string, unknown> {
  const lines = output.map((line) => JSON.parse(line)).filter((line) => '_aws' in line)
  expect(lines).toHaveLength(1)
  return lines[0]
}

describe.each(kinds)('$kind', ({ talk, refusal }) => {
  it('a batch writes one line: its size, what was stored, refused and pushed, and how long its oldest record waited', async () => {
    const { ada, bob, record, placeOf } = await talk()
    const eve = await person('eve')
    await connected(bob, 'phone')
    await connected(bob, 'laptop')
    const clients = { db, redis, gateway: listeningGateway().gateway, slices: noSlices }
    const ofEve = record(eve, bob, placeOf(ada))
    const [first, ...others] = delivered(record(ada, bob, { client_msg_id: 'm' }), record(ada, bob), ofEve)
    if (!first) throw new Error('no record')
    const batch = [{ ...first, timestamp: Date.now() - 5_000 }, ...others]
    const line = metricsOf(await outputOf(() => consume(clients, batch, soon())))
    // Two messages to two devices, an acknowledgement and a refusal.
    expect(line).toMatchObject({ stage: 'local', BatchSize: 3, Stored: 2, Refused: 1, [refusal]: 1, Pushed: 6 })
    expect(line.Lag).toBeGreaterThanOrEqual(5_000)
    expect(line.Lag).toBeLessThan(10_000)
    expect(line.PostLatency).toHaveLength(6)
  })

  it('posts that are given up are counted, posts to connections that are gone are not', async () => {
    const { ada, bob, record } = await talk()
    const lost = await connected(bob, 'lost')
    await connected(bob, 'gone')
    const { gateway } = listeningGateway(({ connectionId }) => (connectionId === lost.id ? 'failed' : 'gone'))
    const clients = { db, redis, gateway, slices: noSlices }
    const line = metricsOf(await outputOf(() => consume(clients, delivered(record(ada, bob)), soon())))
    expect(line).toMatchObject({ BatchSize: 1, Stored: 1, PostsGivenUp: 1 })
    expect(line).not.toHaveProperty('Pushed')
  })

  it('a batch that fails says how long its records have waited, and counts none of them', async () => {
    const { ada, bob, record } = await talk()
    const clients = { db, redis, gateway: listeningGateway().gateway, slices: noSlices }
    const away = Object.create(db, { transaction: { value: () => Promise.reject(new Error('bug of a driver')) } })
    const failing = () => consume({ ...clients, db: away }, delivered(record(ada, bob)), soon())
    const line = metricsOf(await outputOf(() => expect(failing()).rejects.toThrow()))
    expect(line).toHaveProperty('Lag')
    expect(line).not.toHaveProperty('BatchSize')
  })
})
