import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { openDb } from '../../lib/client/mysql.ts'
import { migrate } from '../../lib/schema/migrate.ts'
import { persist } from '../../lib/service/stream.ts'
import { routeCalls } from './calls.ts'
import { freshDatabase } from './fresh-database.ts'
import { textsSent } from './recorder.ts'
import { befriend, delivered, listeningGateway, person, record, redis } from './stage.ts'

it('dump', async () => {
  const [ada, bob, eve, stranger] = (await Promise.all(['ada', 'bob', 'eve', 'x'].map(person))) as [
    number,
    number,
    number,
    number,
  ]
  await befriend(ada, bob)
  await befriend(ada, eve)
  const fresh = await freshDatabase()
  const gateway = listeningGateway().gateway
  const texts = await textsSent(async () => {
    const db = openDb()
    await migrate(fresh.open())
    const clients = { db, redis, gateway }
    for (const [, make] of routeCalls) await make({ clients, name: `n-${ada}`, ada, bob, eve, stranger })
    await befriend(ada, bob)
    const batch = delivered(
      record(ada, bob, { client_msg_id: 'm1' }),
      record(ada, bob),
      record(ada, bob, { content: 'x'.repeat(70000) }),
    )
    await persist(clients, [...batch, { ...batch[0]!, value: undefined }], Date.now() + 20000)
  })
  writeFileSync('/tmp/try/texts.json', JSON.stringify(texts, null, 1))
  await fresh.drop()
})
