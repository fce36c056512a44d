/** Blocks: whom they keep away, and what they tell of themselves. */
import { afterAll, describe, expect, it } from 'vitest'
import * as block from '../../lib/service/contact/block.ts'
import * as friendRequest from '../../lib/service/contact/friend-request.ts'
import { accept } from '../../lib/wire/friend.ts'
import { ask, between, blocks, nobody, pendingFor, refusal, seen, stores, strangers, unblocks } from './contact.ts'
import { closeClients, friends, person } from './stage.ts'

afterAll(closeClients)

describe('a block', () => {
  it('ends the friendship and is its owner’s alone', async () => {
    const { ada, bob } = await friends()
    await blocks(ada, bob)
    await blocks(ada, bob)
    expect(await seen(ada, bob)).toBeUndefined()
    expect(await seen(bob, ada)).toBeUndefined()
    const card = { id: bob, username: expect.any(String), nickname: '', avatar: '' }
    expect((await block.list(stores, ada)).items).toEqual([card])
    expect((await block.list(stores, bob)).items).toEqual([])
  })

  it('is refused of nobody and of oneself', async () => {
    const ada = await person('ada')
    await expect(blocks(ada, nobody)).rejects.toEqual(refusal('USER_NOT_FOUND'))
    await expect(blocks(ada, ada)).rejects.toEqual(refusal('TARGET_IS_SELF'))
  })

  it('hides what the blocked asks or has asked, and gives them the answers of anyone', async () => {
    const { ada, bob } = await strangers()
    const eve = await person('eve')
    await ask(bob, ada)
    const [waiting] = await pendingFor(ada)
    await blocks(ada, bob)
    await blocks(ada, eve)
    await ask(eve, ada)
    for (const blocked of [bob, eve]) await expect(ask(blocked, ada)).rejects.toEqual(refusal('REQUEST_PENDING'))
    expect(await pendingFor(ada)).toEqual([])
    const verdict = { request_id: waiting?.id ?? 0, action: accept } as const
    await expect(friendRequest.decide(stores, ada, verdict)).rejects.toEqual(refusal('REQUEST_NOT_FOUND'))
  })

  it('withdraws what its owner has asked, and keeps the owner from asking', async () => {
    const { ada, bob } = await strangers()
    await ask(ada, bob)
    await blocks(ada, bob)
    expect(await pendingFor(bob)).toEqual([])
    await expect(ask(ada, bob)).rejects.toEqual(refusal('TARGET_BLOCKED'))
  })

  it('is lifted alone: no friendship, no old request, but a new one is seen', async () => {
    const { ada, bob } = await friends()
    await blocks(ada, bob)
    await ask(bob, ada)
    await unblocks(ada, bob)
    expect((await block.list(stores, ada)).items).toEqual([])
    expect(await between(ada, bob)).toMatchObject({ friends: [], blockers: [] })
    expect(await pendingFor(ada)).toEqual([])
    await ask(bob, ada)
    expect(await pendingFor(ada)).toHaveLength(1)
    await expect(unblocks(ada, bob)).rejects.toEqual(refusal('NOT_BLOCKED'))
    await expect(unblocks(ada, nobody)).rejects.toEqual(refusal('NOT_BLOCKED'))
  })

  it('is each side’s own', async () => {
    const { ada, bob } = await friends()
    await blocks(ada, bob)
    await blocks(bob, ada)
    await unblocks(ada, bob)
    expect((await between(ada, bob)).blockers).toEqual([bob])
    await ask(ada, bob)
    expect(await pendingFor(bob)).toEqual([])
  })
})
