/** The life of a message over all three stores as they are deployed: behind TLS, with a token for each. */
import { randomUUID } from 'node:crypto'
import { type Consumer, Kafka, logLevel } from 'kafkajs'
import { afterAll, expect, it } from 'vitest'
import { untilReady } from '../../infra/services/probe.ts'
import { iamLogin } from '../../lib/client/kafka-login.ts'
import { messages } from '../../lib/client/message-topic.ts'
import { passwords } from '../../lib/client/passwords.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import { ChatType } from '../../lib/core/address.ts'
import { config } from '../../lib/core/config.ts'
import { loadSession } from '../../lib/entry/load-session.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { history } from '../../lib/service/conversation/history.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { consume } from '../../lib/service/message/consume.ts'
import * as health from '../../lib/service/operations/health.ts'
import * as friendWire from '../../lib/wire/friend.ts'
import type { ChatRecord, Delivered } from '../../lib/wire/record.ts'
import { closeClients, connected, db, listeningGateway, noSlices, redis } from '../service/stage.ts'

afterAll(async () => {
  await messages.close()
  await closeClients()
})

const password = 'correct horse'

/** Somebody who has registered and logged in, with a phone that is connected. */
async function member(name: string) {
  const username = `${name}-${randomUUID()}`
  await user.register({ db, redis, passwords }, { username, password }, name)
  const { token } = await user.logIn({ db, redis, signingKey, passwords }, { username, password }, name)
  const { userId, sessionId, expiresAt } = await session.authenticate({ redis, loadSession }, token)
  return { userId, phone: await connected(userId, 'phone', { sessionId, expiresAt: expiresAt * 1000 }) }
}

/** The records of one conversation, as the mapping hands them over. */
async function deliveries(consumer: Consumer, senderId: number, take: (one: Delivered<ChatRecord>) => Promise<void>) {
  await consumer.connect()
  await consumer.subscribe({ topic: config.messageTopic, fromBeginning: true })
  await consumer.run({
    async eachMessage({ topic, partition, message: { offset, timestamp, key, value } }) {
      const payload = value ?? Buffer.alloc(0)
      const record = payload.includes(`"from_id":${senderId},`)
        ? (JSON.parse(payload.toString()) as ChatRecord)
        : undefined
      const place = { topic, partition, offset: Number(offset), timestamp: Number(timestamp) }
      if (record) await take({ ...place, key: key ?? undefined, payload, value: record })
    },
  })
}

it('two people register, become friends and talk: taken, stored, pushed, and found again', async () => {
  const { gateway, framesTo } = listeningGateway()
  const clients = { db, redis, gateway }
  // A first call of all three may take longer than a check of health waits.
  await untilReady(() => health.check({ db, redis, messages }), 10_000)
  const [ada, bob] = [await member('ada'), await member('bob')]
  await friendRequest.ask(clients, ada.userId, { target_id: bob.userId })
  const [request] = (await friendRequest.pending(clients, bob.userId)).items
  await friendRequest.decide(clients, bob.userId, { request_id: request?.id ?? 0, action: friendWire.accept })
  expect((await friend.list(clients, ada.userId)).items).toMatchObject([{ id: bob.userId, online: true }])

  const frame = { target_id: bob.userId, content: 'hello over TLS', media: 1 as const, client_msg_id: randomUUID() }
  await accept.message({ redis, messages, loadSession }, ChatType.direct, frame, {
    connection: ada.phone,
    language: 'en',
    messageId: randomUUID(),
    requestedAt: Date.now(),
  })
  const kafka = new Kafka({ brokers: [...config.kafkaBrokers], ...iamLogin, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: randomUUID() })
  try {
    await new Promise<void>((resolve, reject) => {
      const take = async (record: Delivered<ChatRecord>): Promise<void> =>
        await consume({ ...clients, slices: noSlices }, [record], Date.now() + 20_000).then(resolve, reject)
      deliveries(consumer, ada.userId, take).catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }

  expect(framesTo(ada.phone.id)).toContainEqual(expect.objectContaining({ type: 5, seq: 1 }))
  expect(framesTo(bob.phone.id)).toContainEqual(expect.objectContaining({ type: 2, content: 'hello over TLS' }))
  const page = await history(clients, bob.userId, { target_id: ada.userId, chat_type: ChatType.direct, limit: 10 })
  expect(page.items).toMatchObject([{ seq: 1, content: 'hello over TLS' }])
})
