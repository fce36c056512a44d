/** The log of a message's whole way: it can be followed by ids, and holds nothing that people write or that lets them in. */
import { randomUUID } from 'node:crypto'
import { afterAll, expect, it, vi } from 'vitest'
import { handler as frames } from '../../functions/socket/message.ts'
import { handler as info } from '../../functions/user/info.ts'
import { handler as logIn } from '../../functions/user/login.ts'
import { handler as register } from '../../functions/user/register.ts'
import { messages } from '../../lib/client/message-topic.ts'
import * as log from '../../lib/core/log.ts'
import { consume } from '../../lib/service/message/consume.ts'
import { lambda, request } from '../unit/entry-event.ts'
import { outputOf } from './output.ts'
import { closeClients, connected, db, delivered, listeningGateway, noSlices, person, redis } from './stage.ts'
import { kinds } from './talk.ts'

// Every line counts; the level is read when the log is loaded.
vi.hoisted(() => {
  process.env.LOG_LEVEL = 'debug'
})

afterAll(async () => {
  await closeClients()
  await messages.close()
})

const http = (given: { body?: object; headers?: Record<string, string>; query?: Record<string, string> }) =>
  request({
    headers: { 'content-type': 'application/json', ...given.headers },
    ...(given.body && { body: JSON.stringify(given.body) }),
    ...(given.query && { queryStringParameters: given.query }),
    requestContext: { http: { path: '/', sourceIp: '127.0.0.1' } } as ReturnType<typeof request>['requestContext'],
  })

/** A frame as the gateway brings it. */
function frameEvent(userId: number, messageId: string, body: object) {
  const expires_at = Math.ceil(Date.now() / 1000) + 60
  return {
    body: JSON.stringify(body),
    requestContext: {
      requestId: 'r',
      connectionId: 'c',
      messageId,
      requestTimeEpoch: Date.now(),
      connectedAt: Date.now(),
      authorizer: { user_id: `${userId}`, session_id: '0.one', expires_at: `${expires_at}` },
    },
  } as unknown as Parameters<typeof frames>[0]
}

it('of accounts holds neither passwords nor tokens, whether they are right or wrong', async () => {
  const username = `ada-${randomUUID()}`
  const [password, wrong] = [`Right-${randomUUID()}`, `wrong-${randomUUID()}`]
  let token = ''
  const output = await outputOf(async () => {
    await register(http({ body: { username, password } }), lambda)
    token = JSON.parse((await logIn(http({ body: { username, password } }), lambda)).body ?? '').data.token
    await logIn(http({ body: { username, password: wrong } }), lambda)
    await logIn(http({ body: { username, password: { [wrong]: wrong } } }), lambda)
    await info(http({ headers: { authorization: `Bearer ${token}` } }), lambda)
    await info(http({ headers: { authorization: `Bearer ${token}x` } }), lambda)
    await info(http({ query: { token } }), lambda)
  })
  expect(token).toMatch(/^ey/)
  const text = output.join('\n')
  expect(text).toContain('"reason":"BAD_CREDENTIALS"')
  expect(text).toContain('"reason":"TOKEN_INVALID"')
  for (const secret of [password, wrong, token]) expect(text).not.toContain(secret)
})

it.each(kinds)(
  'of messages, $kind, holds none of their words, whatever becomes of them, and names user and record',
  async ({ talk }) => {
    const { ada, bob, record, placeOf } = await talk()
    const eve = await person('eve')
    const secret = `secret-${randomUUID()}`
    const [taken, refused] = [randomUUID(), randomUUID()]
    await connected(bob, 'phone')
    const { gateway } = listeningGateway(() => 'failed')
    const { target_id, chat_type: type } = placeOf(ada)
    const send = (messageId: string, content: string) =>
      frames(frameEvent(ada, messageId, { type, target_id, content, media: 1, client_msg_id: secret }), lambda)
    const rejected = record(ada, bob, { content: secret.padEnd(70_000, 'x') })
    const [one] = delivered(record(ada, bob))
    if (!one) throw new Error('no record')
    const undecodable = { ...one, value: undefined, payload: Buffer.from(`{"content":"${secret}"`) }
    const batch = delivered(
      record(ada, bob, { content: secret }),
      record(eve, bob, { ...placeOf(ada), content: secret }),
      rejected,
    )
    const output = await outputOf(async () => {
      await send(taken, secret)
      await send(refused, secret.padEnd(70_000, 'x'))
      await log.withContext({ request_id: 'r-1' }, () =>
        consume({ db, redis, gateway, slices: noSlices }, [...batch, undecodable], Date.now() + 20_000),
      )
    })
    const text = output.join('\n')
    expect(text).toContain(`"record_id":"${refused}","user_id":${ada}`)
    expect(text).toContain(`"request_id":"r-1","record_id":"${rejected.record_id}"`)
    expect(text).toContain('"msg":"post failed"')
    expect(text).toContain('"msg":"dead letter filed"')
    expect(text).not.toContain(secret)
  },
)
