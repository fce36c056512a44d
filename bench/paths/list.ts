/** The cost of listing friends: the service, called directly, with real Redis, and messages in each conversation. */
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { seedFriendships, seedMessages, seedPeople } from '../seed.ts'
import { answer } from './child.ts'
import { measureInTurn, type Path } from './repeat.ts'

const messagesEach = 10
const lists = [
  { friends: 10, operations: 500 },
  { friends: 200, operations: 150 },
  { friends: 1_000, operations: 50 },
]

await answer(async (servers) => {
  const paths: Path[] = []
  for (const { friends, operations } of lists) {
    const [owner = 0, ...others] = await seedPeople(servers.mysqlUrl, friends + 1)
    const pairs = others.map((other) => [owner, other] as const)
    await seedFriendships(servers.mysqlUrl, pairs)
    await seedMessages(servers.mysqlUrl, owner, messagesEach)
    paths.push({
      workload: 'list',
      setting: { friends },
      operations,
      prepare: () => () => ask(owner, friends, operations),
    })
  }
  return await measureInTurn(servers, paths)
})

async function ask(owner: number, friends: number, times: number): Promise<void> {
  for (let each = 0; each < times; each++) {
    const { items } = await friend.list({ db, redis }, owner)
    if (items.length !== friends) throw new Error(`the list has ${items.length} of ${friends} friends`)
  }
}
