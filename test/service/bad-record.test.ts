/** What becomes of a record that can never be stored, and of the rest of its batch. */
import { afterAll, describe, expect, it, vi } from 'vitest'
import { consume } from '../../lib/service/message/consume.ts'
import { outputOf } from './output.ts'
import { scene, soon } from './scene.ts'
import { closeClients, db, delivered } from './stage.ts'
import { kinds, talkOfFriends } from './talk.ts'

afterAll(closeClients)

describe.each(kinds)('a record that is bad in itself, $kind', ({ talk }) => {
  it('is filed when it cannot be decoded, and the rest goes on', async () => {
    const { clients, fromPhone, stored } = await scene(talk)
    const [bad] = delivered(fromPhone())
    if (!bad) throw new Error('no record')
    await consume(
      clients,
      [{ ...bad, value: undefined, payload: Buffer.from('not json') }, ...delivered(fromPhone())],
      soon(),
    )
    expect(await stored()).toHaveLength(1)
    const letter = await db.selectFrom('dead_letters').selectAll().where('offset', '=', bad.offset).executeTakeFirst()
    expect(letter).toMatchObject({ reason: 'undecodable', payload: Buffer.from('not json') })
  })

  it('is filed when the database refuses it as data, found by halving, and the rest is stored in order', async () => {
    const { phone, clients, fromPhone, framesTo, stored } = await scene(talk)
    const poison = fromPhone({ client_msg_id: 'bad', content: 'x'.repeat(70_000) })
    const batch = delivered(
      fromPhone({ content: '1' }),
      fromPhone({ content: '2' }),
      poison,
      fromPhone({ content: '3' }),
    )
    await consume(clients, batch, soon())
    await consume(clients, batch, soon())
    expect((await stored()).map(({ content }) => content)).toEqual(['1', '2', '3'])
    const letters = await db
      .selectFrom('dead_letters')
      .selectAll()
      .where('record_id', '=', Buffer.from(poison.record_id))
      .execute()
    expect(letters).toHaveLength(1)
    expect(framesTo(phone.id)).toContainEqual(expect.objectContaining({ type: 9, reason: 'UNPROCESSABLE' }))
  })

  it('is filed when it trips our own code, and the rest is stored in order', async () => {
    const { clients, fromPhone, stored } = await scene(talk)
    const tripping = fromPhone({ content: '2' })
    Object.defineProperty(tripping, 'media', {
      get: () => {
        throw new TypeError('not foreseen')
      },
    })
    const batch = [...delivered(fromPhone({ content: '1' })), { ...placeOf(fromPhone()), value: tripping }]
    await consume(clients, [...batch, ...delivered(fromPhone({ content: '3' }))], soon())
    expect((await stored()).map(({ content }) => content)).toEqual(['1', '3'])
    const letters = await db
      .selectFrom('dead_letters')
      .select('reason')
      .where('record_id', '=', Buffer.from(tripping.record_id))
      .execute()
    expect(letters).toEqual([{ reason: 'fault: TypeError' }])
  })
})

describe('a record that meets a duplicate key', () => {
  it('is filed, and the others of its batch are stored', async () => {
    const [broken, sound] = [await scene(talkOfFriends), await scene(talkOfFriends)]
    await consume(broken.clients, delivered(broken.fromPhone({ content: 'before' })), soon())
    // As after a restore that lost this row's last change: the next message gets a number that is taken.
    await db
      .updateTable('conversations')
      .set({ last_seq: 0 })
      .where('low_id', '=', Math.min(broken.ada, broken.bob))
      .where('high_id', '=', Math.max(broken.ada, broken.bob))
      .execute()
    const poison = broken.fromPhone({ client_msg_id: 'bad' })
    const batch = delivered(sound.fromPhone({ content: '1' }), poison, sound.fromPhone({ content: '2' }))
    const output = await outputOf(async () => {
      await consume(broken.clients, batch, soon())
      await consume(broken.clients, batch, soon())
    })
    expect((await sound.stored()).map(({ content }) => content)).toEqual(['1', '2'])
    expect((await broken.stored()).map(({ content }) => content)).toEqual(['before'])
    expect(await reasonsOf(poison)).toEqual(['rejected by the database'])
    expect(broken.framesTo(broken.phone.id)).toContainEqual(expect.objectContaining({ reason: 'UNPROCESSABLE' }))
    expect(filedIn(output)).toEqual([1])
  })

  it('is stored after all when another partition was faster with one of the batch', async () => {
    const { clients, fromPhone, framesTo, phone, stored } = await scene(talkOfFriends)
    const first = fromPhone({ client_msg_id: 'm1', content: 'once' })
    const again = { ...first, record_id: `${first.record_id}-again` }
    // The batch has read that there is no such message; before it writes, the other partition's is committed.
    const connection = db.connection()
    vi.spyOn(connection, 'execute').mockImplementationOnce(async () => {
      await consume(clients, delivered(first), soon())
      throw Object.assign(new Error('Duplicate entry'), { errno: 1062 })
    })
    vi.spyOn(db, 'connection').mockImplementationOnce(() => connection)
    await consume(clients, delivered(again), soon())
    expect(await stored()).toHaveLength(1)
    expect(framesTo(phone.id)).toContainEqual(expect.objectContaining({ type: 5, duplicate: true }))
    expect(await reasonsOf(again)).toEqual([])
  })
})

describe('while the database is away', () => {
  it('nothing is filed or counted again and again', async () => {
    const { clients, fromPhone } = await scene(talkOfFriends)
    const [bad, good] = delivered(fromPhone(), fromPhone())
    if (!bad || !good) throw new Error('no record')
    const away = vi.spyOn(db, 'connection').mockImplementation(() => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    })
    const batch = [{ ...bad, value: undefined }, good]
    let attempts = 0
    const output = await outputOf(() =>
      expect(consume(clients, batch, Date.now() + 7_000))
        .rejects.toThrow('ECONNREFUSED')
        .finally(() => {
          attempts = away.mock.calls.length
        }),
    )
    expect(attempts).toBeGreaterThan(2)
    expect(filedIn(output)).toEqual([])
  })
})

/** The reasons for which a record was filed. */
async function reasonsOf({ record_id }: { record_id: string }): Promise<string[]> {
  const letters = await db
    .selectFrom('dead_letters')
    .select('reason')
    .where('record_id', '=', Buffer.from(record_id))
    .execute()
  return letters.map(({ reason }) => reason)
}

/** What the metric of dead letters counted, line by line. */
const filedIn = (output: readonly string[]): number[] =>
  output.flatMap((line) => {
    const { DeadLetters = [] } = JSON.parse(line)
    return DeadLetters
  })

/** A place in the log, without what stands there. */
function placeOf(value: Parameters<typeof delivered>[0]) {
  const [given] = delivered(value)
  if (!given) throw new Error('no record')
  return given
}
