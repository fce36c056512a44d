/** Two at the same instant: exactly one wins, and what is left is whole. */
import { beforeEach, describe, expect, it } from 'vitest'
import { accept, act, areFriends, blocked, decide, refuse, request, requestFrom, requests } from '../support/friend.ts'
import { codeOf, ok, type Reply, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'

const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')

/** Asserts that all but one were declined and returns the index of the one. */
function winnerOf(replies: Reply[]): number {
  const codes = replies.map(codeOf)
  expect([...codes].sort((one, other) => one - other)).toEqual([...codes.slice(1).map(() => -1), 0])
  for (const reply of replies) if (codeOf(reply) !== 0) refused(reply, { status: 200, code: -1 })
  return codes.indexOf(0)
}

const part = async () => {
  if (await areFriends(ada, bob)) ok(await act(ada, 'delete', bob))
}

describe('at the same instant', () => {
  it.each([1, 2, 3])('one of three requests is made (round %i)', async () => {
    winnerOf(await Promise.all([request(ada, bob), request(ada, bob), request(ada, bob)]))
    ok(await decide(bob, (await requestFrom(bob, ada)).id, refuse))
  })

  it.each([1, 2, 3])('one of two acceptances counts (round %i)', async () => {
    ok(await request(ada, bob))
    const { id } = await requestFrom(bob, ada)
    winnerOf(await Promise.all([decide(bob, id, accept), decide(bob, id, accept)]))
    expect(await areFriends(ada, bob)).toBe(true)
    expect(await requests(bob)).toEqual([])
    await part()
  })

  it.each([1, 2, 3])('acceptance or refusal wins, never half of each (round %i)', async () => {
    ok(await request(ada, bob))
    const { id } = await requestFrom(bob, ada)
    const winner = winnerOf(await Promise.all([decide(bob, id, accept), decide(bob, id, refuse)]))
    expect(await areFriends(ada, bob)).toBe(winner === 0)
    expect(await requests(bob)).toEqual([])
    await part()
  })

  it.each([1, 2, 3])('requests that cross are both made, and one acceptance settles both (round %i)', async () => {
    for (const reply of await Promise.all([request(ada, bob), request(bob, ada)])) ok(reply)
    const [toAda, toBob] = await Promise.all([requestFrom(ada, bob), requestFrom(bob, ada)])
    winnerOf(await Promise.all([decide(ada, toAda.id, accept), decide(bob, toBob.id, accept)]))
    expect(await areFriends(ada, bob)).toBe(true)
    expect(await requests(ada)).toEqual([])
    expect(await requests(bob)).toEqual([])
    await part()
  })

  it('two deletions leave no friendship and no fault', async () => {
    ok(await request(ada, bob))
    ok(await decide(bob, (await requestFrom(bob, ada)).id, accept))
    const replies = await Promise.all([act(ada, 'delete', bob), act(bob, 'delete', ada)])
    expect(replies.map(codeOf)).toContain(0)
    expect(replies.map((reply) => reply.status)).toEqual([200, 200])
    expect(await areFriends(ada, bob)).toBe(false)
  })

  it('accepting somebody while blocking them leaves them blocked and no friend', async () => {
    ok(await request(ada, bob))
    const { id } = await requestFrom(bob, ada)
    const [, block] = await Promise.all([decide(bob, id, accept), act(bob, 'block', ada)])
    ok(block)
    expect((await blocked(bob)).map((card) => card.id)).toEqual([ada.id])
    expect(await areFriends(ada, bob)).toBe(false)
  })
})
