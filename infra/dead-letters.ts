/**
 * Lists, shows, replays and discards messages that could not be stored.
 *
 *     npm run dead-letters -- list
 *     npm run dead-letters -- show ID
 *     npm run dead-letters -- replay ID | --all
 *     npm run dead-letters -- discard ID
 *
 * Reads MYSQL_URL and KAFKA_BROKERS from the environment or .env; a running `npm start` writes them to .services/environment.
 */
import { existsSync } from 'node:fs'

for (const file of ['.env', '.services/environment']) if (existsSync(file)) process.loadEnvFile(file)
process.env.STAGE ??= 'local'
process.env.LOG_LEVEL ??= 'error'

const { messages } = await import('../lib/client/kafka.ts')
const { db } = await import('../lib/client/mysql.ts')
const deadLetter = await import('../lib/service/message/dead-letter.ts')

const usage = 'npm run dead-letters -- list | show ID | replay ID | replay --all | discard ID'
const pageSize = 100

async function run([command, argument = '']: string[]): Promise<void> {
  if (command === 'list' && !argument) return await list()
  if (command === 'replay' && argument === '--all') return await replayAll()
  const id = Number(argument)
  if (!['show', 'replay', 'discard'].includes(command ?? '') || !Number.isSafeInteger(id) || id < 1) fail(usage)
  const letter = (await deadLetter.find({ db }, id)) ?? fail(`There is no dead letter ${id}.`)
  if (command === 'show') show(letter)
  if (command === 'replay') await replay(letter)
  if (command === 'discard') {
    await deadLetter.discard({ db }, id)
    console.log(`Discarded ${id}.`)
  }
}

type Letter = Awaited<ReturnType<typeof deadLetter.list>>[number]

async function list(): Promise<void> {
  const letters = await deadLetter.list({ db }, pageSize)
  if (letters.length === 0) return console.log('No dead letters.')
  console.table(
    letters.map(({ id, created_at, reason, topic, partition, offset, payload }) => ({
      id,
      filed: new Date(created_at).toISOString(),
      reason,
      from: `${topic}-${partition}@${offset}`,
      bytes: payload.length,
    })),
  )
  if (letters.length === pageSize) console.log(`These are the oldest ${pageSize}.`)
}

function show({ payload, record_id, record_key, created_at, ...letter }: Letter): void {
  console.log({
    ...letter,
    record_id: record_id?.toString() ?? null,
    key: record_key?.toString() ?? null,
    filed: new Date(created_at).toISOString(),
  })
  console.log(payload.toString())
}

async function replay(letter: Letter): Promise<void> {
  await deadLetter.replay({ db, messages }, letter)
  console.log(`Replayed ${letter.id}.`)
}

// A letter that is refused again gets a new id, so the ids known now are replayed once, a page at a time.
async function replayAll(): Promise<void> {
  const last = await deadLetter.newest({ db })
  let count = 0
  for (let after = 0; after < last; ) {
    const page = (await deadLetter.list({ db }, pageSize, after)).filter(({ id }) => id <= last)
    if (page.length === 0) break
    for (const letter of page) await replay(letter)
    count += page.length
    after = page.at(-1)?.id ?? last
  }
  console.log(`Replayed ${count} dead letters. Those that are refused again return to the list.`)
}

function fail(sentence: string): never {
  throw new Error(sentence)
}

try {
  await run(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await messages.close().catch(() => undefined)
  await db.destroy().catch(() => undefined)
}
