/** The cost of a search for what nobody has said: the service, called directly, through all of its pages. */
import { sql } from 'kysely'
import { db } from '../../lib/client/mysql.ts'
import { search } from '../../lib/service/conversation/search.ts'
import { seedFriendships, seedMessages, seedPeople } from '../seed.ts'
import { answer } from './child.ts'
import { measureInTurn, type Path } from './repeat.ts'

const searches = [
  { conversations: 1, messages: 1_000, operations: 60 },
  { conversations: 20, messages: 20_000, operations: 12 },
  { conversations: 100, messages: 100_000, operations: 4 },
  { conversations: 5, messages: 5_000, kilobytes: 16, operations: 4 },
]

await answer(async (servers) => {
  const paths: Path[] = []
  for (const { conversations, messages, kilobytes, operations } of searches) {
    const [owner = 0, ...others] = await seedPeople(servers.mysqlUrl, conversations + 1)
    await seedFriendships(
      servers.mysqlUrl,
      others.map((other) => [owner, other] as const),
    )
    await seedMessages(servers.mysqlUrl, owner, messages / conversations)
    for (const from of kilobytes ? others : [])
      await sql`update messages set content = repeat('word', ${kilobytes} * 256)
        where from_user_id = ${from} and to_user_id = ${owner}`.execute(db)
    paths.push({
      workload: 'search',
      setting: { messages, conversations, 'bytes each': kilobytes ? kilobytes * 1024 : 30 },
      operations,
      prepare: () => () => ask(owner, operations),
    })
  }
  return await measureInTurn(servers, paths)
})

async function ask(owner: number, times: number): Promise<void> {
  for (let each = 0; each < times; each++) {
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const page = await search({ db }, owner, { q: 'nowhere', ...(cursor !== undefined && { cursor }) })
      if (page.items.length > 0) throw new Error('somebody has said it')
      cursor = page.next && String(page.next.cursor)
    }
  }
}
