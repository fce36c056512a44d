/** The consumer's work on a batch: what is posted to whom, after what. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Posted } from '../../lib/client/gateway.ts'
import { consume } from '../../lib/service/message/consume.ts'
import { scene, soon } from './scene.ts'
import { closeClients, db, delivered, type Post } from './stage.ts'
import { kinds } from './talk.ts'

afterAll(closeClients)

describe.each(kinds)('posts, $kind', ({ isGroup, refusal, talk }) => {
  it('go to all connections of the recipient and the other ones of the sender', async () => {
    const { ada, phone, laptop, bobPhone, bobLaptop, clients, fromPhone, framesTo, stored, target } = await scene(talk)
    await consume(clients, delivered(fromPhone({ content: '你好', media: 2 })), soon())
    const [message] = await stored()
    const frame = {
      ...(isGroup ? { type: 3, nickname: '', avatar: '' } : { type: 2 }),
      id: message?.id,
      seq: 1,
      from_id: ada,
      from_user_id: ada,
      target_id: target.target_id,
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
    const { clients, fromPhone, stored } = await scene(talk, async (): Promise<Posted> => {
      rowsAtFirstPost ??= (await stored()).length
      return 'sent'
    })
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    expect(rowsAtFirstPost).toBe(1)
  })

  it('answer the origin only when the message carried a client_msg_id', async () => {
    const { phone, clients, fromPhone, framesTo, stored, target } = await scene(talk)
    await consume(clients, delivered(fromPhone(), fromPhone({ client_msg_id: 'm1' })), soon())
    const [, second] = await stored()
    expect(framesTo(phone.id)).toEqual([
      {
        type: 5,
        client_msg_id: 'm1',
        id: second?.id,
        seq: 2,
        ...target,
        send_time: Math.floor((second?.created_at ?? 0) / 1000),
        created_at: second?.created_at,
        duplicate: false,
      },
    ])
  })

  it('say duplicate for a resend, and push nothing again', async () => {
    const { phone, bobPhone, clients, fromPhone, framesTo } = await scene(talk)
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    expect(framesTo(phone.id).map(({ duplicate }) => duplicate)).toEqual([false, true])
    expect(framesTo(bobPhone.id)).toHaveLength(1)
  })

  it('are repeated for a batch that comes again, since its posts may be lost', async () => {
    const { phone, bobPhone, clients, fromPhone, framesTo } = await scene(talk)
    const batch = delivered(fromPhone({ client_msg_id: 'm1' }))
    await consume(clients, batch, soon())
    await consume(clients, batch, soon())
    expect(framesTo(bobPhone.id)).toEqual(Array(2).fill(framesTo(bobPhone.id)[0]))
    expect(framesTo(phone.id).map(({ duplicate }) => duplicate)).toEqual([false, false])
  })

  it('are not repeated for one that was stored long ago', async () => {
    const { ada, phone, bobPhone, clients, fromPhone, framesTo, target } = await scene(talk)
    const batch = delivered(fromPhone({ client_msg_id: 'm1' }))
    await consume(clients, batch, soon())
    await db
      .updateTable('messages')
      .set({ created_at: Date.now() - 11 * 60_000 })
      .where('from_user_id', '=', ada)
      .where('to_user_id', '=', target.target_id)
      .execute()
    await consume(clients, batch, soon())
    expect(framesTo(bobPhone.id)).toHaveLength(1)
    expect(framesTo(phone.id)).toHaveLength(1)
  })

  it('tell the origin why a message was refused, in its language', async () => {
    const { phone, bobPhone, clients, fromPhone, framesTo, end } = await scene(talk)
    await end()
    await consume(clients, delivered(fromPhone({ client_msg_id: 'm1' })), soon())
    expect(framesTo(phone.id)).toEqual([
      {
        type: 9,
        client_msg_id: 'm1',
        code: -1,
        reason: refusal,
        msg: isGroup ? 'You are not a member of this group' : 'You are not friends',
        retryable: false,
      },
    ])
    expect(framesTo(bobPhone.id)).toEqual([])
  })

  it('keep their order on each connection, one after another', async () => {
    let underWay = 0
    let most = 0
    const { bobPhone, clients, fromPhone, framesTo } = await scene(
      talk,
      async ({ connectionId }: Post): Promise<Posted> => {
        if (connectionId !== bobPhone.id) return 'sent'
        underWay += 1
        most = Math.max(most, underWay)
        await new Promise((resolve) => setImmediate(resolve))
        underWay -= 1
        return 'sent'
      },
    )
    await consume(clients, delivered(...Array.from({ length: 20 }, () => fromPhone())), soon())
    expect(framesTo(bobPhone.id).map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(most).toBe(1)
  })

  it('carry all frames of a batch at once to a connection that takes arrays, and single objects to others', async () => {
    const { bobPhone, bobLaptop, clients, fromPhone, posts } = await scene(talk)
    await consume(clients, delivered(...Array.from({ length: 20 }, () => fromPhone())), soon())
    expect(posts.filter(({ connectionId }) => connectionId === bobLaptop.id)).toHaveLength(1)
    const singles = posts.filter(({ connectionId }) => connectionId === bobPhone.id)
    expect(singles.map(({ text }) => Array.isArray(JSON.parse(text)))).toEqual(Array(20).fill(false))
  })

  it('stay below 32 KB when they are packed', async () => {
    const { bobLaptop, clients, fromPhone, posts, framesTo } = await scene(talk)
    const content = 'x'.repeat(16 * 1024)
    await consume(clients, delivered(...Array.from({ length: 5 }, () => fromPhone({ content }))), soon())
    const sizes = posts.filter(({ connectionId }) => connectionId === bobLaptop.id).map(({ text }) => text.length)
    expect(sizes).toHaveLength(5)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32 * 1024)
    expect(framesTo(bobLaptop.id).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })
})
