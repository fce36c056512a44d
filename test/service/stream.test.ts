/** The consumer's work on a batch: what is posted to whom, after what, and what is filed as a dead letter. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Posted } from '../../lib/client/gateway.ts'
import * as keys from '../../lib/core/keys.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { consume } from '../../lib/service/message/consume.ts'
import {
  closeClients,
  db,
  delivered,
  device,
  kinds,
  listeningGateway,
  type Post,
  redis,
  stored,
  talkOfFriends,
} from './stage.ts'

afterAll(closeClients)

const soon = (): number => Date.now() + 20_000

async function connected(userId: number, name: string, given = {}): Promise<presence.Connection> {
  const connection = device(userId, name, given)
  await presence.arrive({ redis }, connection, Date.now())
  return connection
}

/** Ada's phone and laptop, bob's phone and laptop, and a gateway that listens. */
async function scene(
  answers?: Parameters<typeof listeningGateway>[0],
  talk: (typeof kinds)[number]['talk'] = talkOfFriends,
) {
  const { ada, bob, record, stored, end, targetOf } = await talk()
  const phone = await connected(ada, 'ada-phone')
  const laptop = await connected(ada, 'ada-laptop')
  const bobPhone = await connected(bob, 'bob-phone')
  const bobLaptop = await connected(bob, 'bob-laptop', { takesArrays: true })
  const listening = listeningGateway(answers)
  const clients = { db, redis, gateway: listening.gateway }
  const fromPhone = (given = {}) =>
    record(ada, bob, { origin: { connection_id: phone.id, batch: false, language: 'en' }, ...given })
  return {
    ada,
    bob,
    stored,
    end,
    target: targetOf(ada),
    phone,
    laptop,
    bobPhone,
    bobLaptop,
    clients,
    fromPhone,
    ...listening,
  }
}

describe.each(kinds)('posts, $kind', ({ kind, refusal, talk }) => {
  it('go to all connections of the recipient and the other ones of the sender', async () => {
    const { ada, bob, phone, laptop, bobPhone, bobLaptop, clients, fromPhone, framesTo, stored, target } = await scene(
      undefined,
      talk,
    )
    await consume(clients, delivered(fromPhone({ content: '你好', media: 2 })), soon())
    const [message] = await stored(ada, bob)
    const frame = {
      ...(kind === 'a group' ? { type: 3, nickname: '', avatar: '' } : { type: 2 }),
      id: message?.id,
      seq: 1,
      from_id: ada,
      from_user_id: ada,
      target_id: target,
      content: '你好',
      media: 2,
      send_time: Math.floor((message?.created_at ?? 0) / 1000),
      created_at: message?.created_at,
    }
    for (const connection of [laptop, bobPhone, bobLaptop]) expect(framesTo(connection.id)).toEqual([frame])
    expect(framesTo(phone.id)).toEqual([])
  })

  it('come after the commit', async () => {
    let rowsAtFirstPost: number | undefined
    const { ada, bob, clients, fromPhone, stored } = await scene(async (): Promise<Posted> => {
      rowsAtFirstPost ??= (await stored(ada, bob)).length
      return 'sent'
    }, talk)
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    expect(rowsAtFirstPost).toBe(1)
  })

  it('answer the origin only when the message carried a client_msg_id', async () => {
    const { phone, clients, fromPhone, framesTo, stored, target } = await scene(undefined, talk)
    await consume(clients, delivered(fromPhone(), fromPhone({ client_msg_id: 'm1' })), soon())
    const [, second] = await stored()
    expect(framesTo(phone.id)).toEqual([
      {
        type: 5,
        client_msg_id: 'm1',
        id: second?.id,
        seq: 2,
        target_id: target,
        ...(kind === 'a group' && { chat_type: 3 }),
        send_time: Math.floor((second?.created_at ?? 0) / 1000),
        created_at: second?.created_at,
        duplicate: false,
      },
    ])
  })

  it('say duplicate for a resend, and push nothing again', async () => {
    const { phone, bobPhone, clients, fromPhone, framesTo } = await scene(undefined, talk)
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    expect(framesTo(phone.id).map(({ duplicate }) => duplicate)).toEqual([false, true])
    expect(framesTo(bobPhone.id)).toHaveLength(1)
  })

  it('are repeated for a batch that comes again, since its posts may be lost', async () => {
    const { phone, bobPhone, clients, fromPhone, framesTo } = await scene(undefined, talk)
    const batch = delivered(fromPhone({ client_msg_id: 'm1' }))
    await consume(clients, batch, soon())
    await consume(clients, batch, soon())
    expect(framesTo(bobPhone.id)).toEqual(Array(2).fill(framesTo(bobPhone.id)[0]))
    expect(framesTo(phone.id).map(({ duplicate }) => duplicate)).toEqual([false, false])
  })

  it('are not repeated for one that was stored long ago', async () => {
    const { ada, phone, bobPhone, clients, fromPhone, framesTo, target } = await scene(undefined, talk)
    const batch = delivered(fromPhone({ client_msg_id: 'm1' }))
    await consume(clients, batch, soon())
    await db
      .updateTable('messages')
      .set({ created_at: Date.now() - 11 * 60_000 })
      .where('from_user_id', '=', ada)
      .where('to_user_id', '=', target)
      .execute()
    await consume(clients, batch, soon())
    expect(framesTo(bobPhone.id)).toHaveLength(1)
    expect(framesTo(phone.id)).toHaveLength(1)
  })

  it('tell the origin why a message was refused, in its language', async () => {
    const { phone, bobPhone, clients, fromPhone, framesTo, end } = await scene(undefined, talk)
    await end()
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    expect(framesTo(phone.id)).toEqual([
      {
        type: 9,
        client_msg_id: 'm1',
        code: -1,
        reason: refusal,
        msg: kind === 'a group' ? 'You are not a member of this group' : 'You are not friends',
        retryable: false,
      },
    ])
    expect(framesTo(bobPhone.id)).toEqual([])
  })

  it('keep their order on each connection, one after another', async () => {
    let underWay = 0
    let most = 0
    const { bobPhone, clients, fromPhone, framesTo } = await scene(async ({ connectionId }: Post): Promise<Posted> => {
      if (connectionId !== bobPhone.id) return 'sent'
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay -= 1
      return 'sent'
    }, talk)
    await consume(clients, delivered(...Array.from({ length: 20 }, () => fromPhone())), soon())
    expect(framesTo(bobPhone.id).map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(most).toBe(1)
  })

  it('carry all frames of a batch at once to a connection that takes arrays, and single objects to others', async () => {
    const { bobPhone, bobLaptop, clients, fromPhone, posts } = await scene(undefined, talk)
    await consume(clients, delivered(...Array.from({ length: 20 }, () => fromPhone())), soon())
    expect(posts.filter(({ connectionId }) => connectionId === bobLaptop.id)).toHaveLength(1)
    const singles = posts.filter(({ connectionId }) => connectionId === bobPhone.id)
    expect(singles.map(({ text }) => Array.isArray(JSON.parse(text)))).toEqual(Array(20).fill(false))
  })

  it('stay below 32 KB when they are packed', async () => {
    const { bobLaptop, clients, fromPhone, posts, framesTo } = await scene(undefined, talk)
    const content = 'x'.repeat(16 * 1024)
    await consume(clients, delivered(...Array.from({ length: 5 }, () => fromPhone({ content }))), soon())
    const sizes = posts.filter(({ connectionId }) => connectionId === bobLaptop.id).map(({ text }) => text.length)
    expect(sizes).toHaveLength(5)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32 * 1024)
    expect(framesTo(bobLaptop.id).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a connection that cannot be reached', () => {
  it('is forgotten when it is gone, and the others get theirs', async () => {
    const { bob, bobPhone, bobLaptop, clients, fromPhone, framesTo } = await scene(({ connectionId }: Post) =>
      connectionId === bobPhone.id ? 'gone' : 'sent',
    )
    await consume(clients, delivered(fromPhone()), soon())
    const left = await presence.recipientsOf({ redis }, [bob])
    expect(left.get(bob)?.map(({ connectionId }) => connectionId)).toEqual([bobLaptop.id])
    expect(framesTo(bobLaptop.id)).toHaveLength(1)
  })

  it('is looked at once more when it is younger than 10 s', async () => {
    const { bob, clients, fromPhone, posts } = await scene(({ connectionId }: Post) =>
      connectionId.startsWith('young') && posts.filter((post) => post.connectionId === connectionId).length === 1
        ? 'gone'
        : 'sent',
    )
    const young = await connected(bob, 'young', { connectedAt: Date.now() })
    await consume(clients, delivered(fromPhone()), soon())
    expect(posts.filter(({ connectionId }) => connectionId === young.id)).toHaveLength(2)
    expect((await presence.recipientsOf({ redis }, [bob])).get(bob)).toHaveLength(3)
  })

  it('is tried again for at most a second, then told to catch up; the batch is settled', async () => {
    const { bob, bobPhone, clients, fromPhone } = await scene(({ connectionId }: Post) =>
      connectionId === bobPhone.id ? 'failed' : 'sent',
    )
    const before = Date.now()
    await consume(clients, delivered(fromPhone(), fromPhone()), soon())
    expect(Date.now() - before).toBeLessThan(2_500)
    const session = { ...bobPhone }
    await redis.hset(keys.session(bob), 'epoch', '0')
    expect(await presence.touch({ redis }, session, 0, Date.now())).toMatchObject({ mustResync: true })
    expect(await presence.touch({ redis }, session, 0, Date.now())).toMatchObject({ mustResync: false })
  })
})

describe('a record that is bad in itself', () => {
  it('is filed when it cannot be decoded, and the rest goes on', async () => {
    const { ada, bob, clients, fromPhone } = await scene()
    const [bad] = delivered(fromPhone())
    if (!bad) throw new Error('no record')
    await consume(
      clients,
      [{ ...bad, value: undefined, payload: Buffer.from('not json') }, ...delivered(fromPhone())],
      soon(),
    )
    expect(await stored(ada, bob)).toHaveLength(1)
    const letter = await db.selectFrom('dead_letters').selectAll().where('offset', '=', bad.offset).executeTakeFirst()
    expect(letter).toMatchObject({ reason: 'undecodable', payload: Buffer.from('not json') })
  })

  it('is filed when the database refuses it as data, found by halving, and the rest is stored in order', async () => {
    const { ada, bob, phone, clients, fromPhone, framesTo } = await scene()
    const poison = fromPhone({ client_msg_id: 'bad', content: 'x'.repeat(70_000) })
    const batch = delivered(
      fromPhone({ content: '1' }),
      fromPhone({ content: '2' }),
      poison,
      fromPhone({ content: '3' }),
    )
    await consume(clients, batch, soon())
    await consume(clients, batch, soon())
    expect((await stored(ada, bob)).map(({ content }) => content)).toEqual(['1', '2', '3'])
    const letters = await db
      .selectFrom('dead_letters')
      .selectAll()
      .where('record_id', '=', Buffer.from(poison.record_id))
      .execute()
    expect(letters).toHaveLength(1)
    expect(framesTo(phone.id)).toContainEqual(expect.objectContaining({ type: 9, reason: 'UNPROCESSABLE' }))
  })

  it('is filed when it trips our own code, and the rest is stored in order', async () => {
    const { ada, bob, clients, fromPhone } = await scene()
    const tripping = fromPhone({ content: '2' })
    Object.defineProperty(tripping, 'media', {
      get: () => {
        throw new TypeError('not foreseen')
      },
    })
    const batch = [...delivered(fromPhone({ content: '1' })), { ...placeOf(fromPhone()), value: tripping }]
    await consume(clients, [...batch, ...delivered(fromPhone({ content: '3' }))], soon())
    expect((await stored(ada, bob)).map(({ content }) => content)).toEqual(['1', '3'])
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
