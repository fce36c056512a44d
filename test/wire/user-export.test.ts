/** GET /api/user/export. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { call, invalid, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
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

  it.each(['x', 'messages-', 'messages-1-2-3', 'messages--1', 'profile-99999999999999999', '0', ''])(
    'is refused at %j, which no page named',
    async (cursor) => {
      refused(await call('GET', '/api/user/export', { token: ada.token, query: { cursor } }), invalid)
    },
  )
})
