/** GET /api/user/export. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import * as group from '../support/group.ts'
import { call, invalid, ok, refused } from '../support/http.ts'
import { newcomers, people } from '../support/people.ts'
import { closeAll, connect } from '../support/socket.ts'

afterAll(closeAll)

const Entries = z.array(z.looseObject({ kind: z.string() }))

describe('an export', () => {
  const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')

  it('is read by following its links, to the last message', async () => {
    await befriend(ada, bob)
    await say(await connect({ token: bob.token }), ada, 'take this with you')
    const entries: z.infer<typeof Entries> = []
    let path: string | undefined = '/api/user/export'
    for (let pages = 0; path !== undefined && pages < 20; pages++) {
      const reply = await call('GET', path, { token: ada.token })
      entries.push(...ok(reply, Entries))
      path = reply.headers.get('link')?.match(/^<(.+)>; rel="next"$/)?.[1]
    }
    expect(path).toBeUndefined()
    expect(entries.map(({ kind }) => kind)).toEqual([
      'profile',
      'session',
      'friend',
      'request_sent',
      'conversation',
      'message',
    ])
    expect(entries.at(-1)).toMatchObject({ target_id: bob.id, from_user_id: bob.id, content: 'take this with you' })
    expect(JSON.stringify(entries)).not.toMatch(/password|\$2[aby]\$/)
  })

  it('names the groups that one belongs to, or has asked to join', async () => {
    const { ada, bob } = await people('ada', 'bob')
    const [own, others] = await Promise.all([group.create(ada, 'Chess'), group.create(bob, 'Go')])
    ok(await group.actIn(ada, 'join', others, { remark: 'It is me' }))
    const partsOf = async (cursor: string) =>
      ok(await call('GET', '/api/user/export', { token: ada.token, query: { cursor } }), Entries)
    expect(await partsOf('groupRequests')).toMatchObject([
      { kind: 'group_request', group_id: others.id, group_name: 'Go', remark: 'It is me', waiting: true },
    ])
    const named = (await partsOf('conversations')).filter(({ chat_type }) => chat_type === 3)
    expect(named).toMatchObject([{ target_id: own.id, group_name: 'Chess', role: 1, member: true }])
  })

  it.each(['x', 'messages-', 'messages-1-2-3', 'messages--1', 'profile-99999999999999999', '0', ''])(
    'is refused at %j, which no page named',
    async (cursor) => {
      refused(await call('GET', '/api/user/export', { token: ada.token, query: { cursor } }), invalid)
    },
  )
})
