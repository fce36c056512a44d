/** Routes, asked by a few clients at once, each with its next request when the last is answered. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, call } from '../infra/client/http.ts'
import { befriend, type Person, signUp } from '../infra/client/people.ts'
import { connect } from '../infra/client/socket.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import { measureRate } from './rate.ts'
import type { Result } from './result.ts'
import { seedFriendships, seedMessages, seedPeople } from './seed.ts'
import type { Target } from './testbed.ts'

export interface Http {
  /** Of each measurement; a fifth more is not counted, before. */
  seconds: number
  /** How many friends the owners of the lists have. */
  friends: readonly number[]
}

const clientCounts = [4, 1]
const historyLength = 100
const synced = { conversations: 20, messages: 10 }

/** Measures one route after another; `sync` only on a server of ours. */
export async function measureHttp(target: Target, setting: Http, onResult: (result: Result) => void): Promise<void> {
  const { base, mysqlUrl } = target
  const measure = async (
    workload: string,
    more: Result['setting'],
    operation: () => Promise<unknown>,
  ): Promise<void> => {
    for (const clients of clientCounts) {
      const { seconds } = setting
      onResult(await measureRate(target, { workload, setting: { clients, ...more }, clients, seconds, operation }))
    }
  }

  const [ada, bob] = [await signUp(base, 'ada'), await signUp(base, 'bob')]
  const credentials = JSON.stringify({ username: ada.name, password: 'a password' })
  await measure('log in', {}, () => ask(base, 'POST', '/api/user/login', undefined, credentials))
  await measure('info', {}, () => ask(base, 'GET', '/api/user/info', ada.token))

  for (const friends of setting.friends) {
    const owner = await ownerOfFriends(target, friends)
    const list = () => ask(base, 'GET', '/api/friend/list', owner.token)
    const { length } = await call<unknown[]>(base, 'GET', '/api/friend/list', owner.token)
    if (length !== friends) throw new Error(`the list has ${length} of ${friends} friends`)
    await measure('friend list', { friends, messages: 0 }, list)
    if (mysqlUrl === undefined || friends < 100) continue
    await seedMessages(mysqlUrl, owner.id, 100)
    await measure('friend list', { friends, messages: friends * 100 }, list)
  }

  await talk(base, ada, bob)
  const history = `/api/chat/history?target_id=${bob.id}`
  await measure('history', { messages: historyLength }, () => ask(base, 'GET', history, ada.token))
  if (mysqlUrl !== undefined) {
    const { owner, request } = await deviceThatWasAway(target, mysqlUrl)
    await measure('sync', synced, () => ask(base, 'POST', '/api/chat/sync', owner.token, request))
  }
}

/** A person with so many friends. */
export async function ownerOfFriends({ base, mysqlUrl }: Target, friends: number): Promise<Person> {
  const owner = await signUp(base, 'owner')
  if (mysqlUrl === undefined) {
    await inParallel(Array(friends).keys(), 4, async () => befriend(base, owner, await signUp(base, 'friend')))
    return owner
  }
  const people = await seedPeople(mysqlUrl, friends)
  await seedFriendships(
    mysqlUrl,
    people.map((friend) => [owner.id, friend]),
  )
  return owner
}

/** Fills the history of two new friends with messages from one of them. */
async function talk(base: string, one: Person, other: Person): Promise<void> {
  await befriend(base, one, other)
  const socket = await connect(base, one, () => {})
  for (let number = 0; number < historyLength; number++) {
    socket.send(JSON.stringify({ type: 2, target_id: other.id, content: `${number} is what was said`, media: 1 }))
  }
  const path = `/api/chat/history?target_id=${other.id}`
  const deadline = Date.now() + 20_000
  while ((await call<unknown[]>(base, 'GET', path, one.token)).length < historyLength) {
    if (Date.now() > deadline) throw new Error(`the history has not got its ${historyLength} messages`)
    await sleep(50)
  }
  socket.close()
}

async function deviceThatWasAway(target: Target, mysqlUrl: string): Promise<{ owner: Person; request: string }> {
  const owner = await ownerOfFriends(target, synced.conversations)
  await seedMessages(mysqlUrl, owner.id, synced.messages)
  const friends = await call<{ id: number }[]>(target.base, 'GET', '/api/friend/list', owner.token)
  return {
    owner,
    request: JSON.stringify({ conversations: friends.map(({ id }) => ({ target_id: id, after_seq: 0 })), limit: 100 }),
  }
}
