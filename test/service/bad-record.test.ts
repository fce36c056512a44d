/** What becomes of a record that can never be stored, and of the rest of its batch. */
import { afterAll, describe, expect, it } from 'vitest'
import { consume } from '../../lib/service/message/consume.ts'
import { scene, soon } from './scene.ts'
import { closeClients, db, delivered } from './stage.ts'
import { kinds } from './talk.ts'

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

/** A place in the log, without what stands there. */
function placeOf(value: Parameters<typeof delivered>[0]) {
  const [given] = delivered(value)
  if (!given) throw new Error('no record')
  return given
}
