/** Events between people: who is told of what. */
import { afterAll, describe, expect, it } from 'vitest'
import * as block from '../../lib/service/contact/block.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { closeClients, connected, db, friends, listeningGateway, person, redis } from './stage.ts'

afterAll(closeClients)

describe('an event', () => {
  it('tells of a request, an acceptance and a removal', async () => {
    const [ada, bob] = await Promise.all([person('ada'), person('bob')])
    for (const userId of [ada, bob]) await connected(userId, 'phone')
    const { gateway, framesTo } = listeningGateway()
    const clients = { db, redis, gateway }
    await friendRequest.ask(clients, ada, { target_id: bob, remark: '' })
    const {
      items: [request],
    } = await friendRequest.pending(clients, bob)
    await friendRequest.decide(clients, bob, { request_id: request?.id ?? 0, action: 1 })
    await friend.remove(clients, ada, { target_id: bob })
    expect(framesTo(`phone-${bob}`)).toEqual([
      { type: 8, event: 'friend_request', user_id: ada },
      { type: 8, event: 'friend_accepted', user_id: ada },
      { type: 8, event: 'friend_removed', user_id: ada },
    ])
    expect(framesTo(`phone-${ada}`)).toEqual([
      { type: 8, event: 'friend_accepted', user_id: bob },
      { type: 8, event: 'friend_removed', user_id: bob },
    ])
  })

  it('tells the blocked what a removal tells, and a blocker nothing of requests', async () => {
    const { ada: bob, bob: eve } = await friends()
    for (const userId of [bob, eve]) await connected(userId, 'phone')
    const { gateway, framesTo } = listeningGateway()
    const clients = { db, redis, gateway }
    await block.block(clients, bob, { target_id: eve })
    await friendRequest.ask(clients, eve, { target_id: bob, remark: '' })
    expect(framesTo(`phone-${eve}`)).toEqual([{ type: 8, event: 'friend_removed', user_id: bob }])
    expect(framesTo(`phone-${bob}`)).toEqual([{ type: 8, event: 'friend_removed', user_id: eve }])
  })
})
