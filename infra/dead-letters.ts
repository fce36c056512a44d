/**
 * Lists, shows, replays and discards messages that could not be stored.
 *
 *     npm run dead-letters -- list
 *     npm run dead-letters -- show ID
 *     npm run dead-letters -- replay ID | --all
 *     npm run dead-letters -- discard ID
 *     npm run dead-letters -- --stage prod list
 *
 * With --stage it calls the deployed function operationsDeadLetters by your AWS credentials, which need lambda:InvokeFunction
 * on it. Without, it runs that function here, on the MYSQL_URL and KAFKA_BROKERS of the environment or .env; a running
 * `npm start` writes them to .services/environment.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Context } from 'aws-lambda'
import { type DeadLetterCommand, DeadLetterReply } from '../lib/wire/dead-letter.ts'

const usage = 'npm run dead-letters -- [--stage STAGE] list | show ID | replay ID | replay --all | discard ID'

/** Runs one command, and returns the reply of the function. */
interface Target {
  call(command: DeadLetterCommand): Promise<DeadLetterReply>
  close(): Promise<unknown>
}

async function openLocal(): Promise<Target> {
  if (existsSync('.services/environment')) process.loadEnvFile('.services/environment')
  process.env.STAGE ??= 'local'
  process.env.LOG_LEVEL ??= 'error'
  const { handler } = await import('../functions/operations/dead-letters.ts')
  const { slices } = await import('../lib/client/fan-out-topic.ts')
  const { messages } = await import('../lib/client/message-topic.ts')
  const { db } = await import('../lib/client/mysql.ts')
  const context = { awsRequestId: 'local', getRemainingTimeInMillis: () => 30_000 } as Context
  return {
    call: (command) => handler(command, context),
    close: () => Promise.allSettled([messages.close(), slices.close(), db.destroy()]),
  }
}

async function openStage(stage: string): Promise<Target> {
  const { Lambda } = await import('@aws-sdk/client-lambda')
  // The function has 30 s. A replay must not be sent twice by itself.
  const requestHandler = { connectionTimeout: 5_000, requestTimeout: 35_000 }
  const lambda = new Lambda({ region: process.env.AWS_REGION || 'us-east-1', maxAttempts: 1, requestHandler })
  return {
    async call(command) {
      const FunctionName = `gochat-${stage}-operationsDeadLetters`
      const { Payload, FunctionError } = await lambda.invoke({ FunctionName, Payload: JSON.stringify(command) })
      const text = Buffer.from(Payload ?? []).toString()
      if (FunctionError) fail(`${FunctionName} failed; its log says more: ${text}`)
      return DeadLetterReply.parse(JSON.parse(text))
    },
    close: async () => lambda.destroy(),
  }
}

async function run({ call }: Target, [command, argument]: readonly string[], all: boolean): Promise<void> {
  if (command === 'list' && argument === undefined) return show(await call({ command, after: 0 }))
  if (command === 'replay' && all && argument === undefined) return await replayAll(call)
  const id = Number(argument)
  const isKnown = command === 'show' || command === 'replay' || command === 'discard'
  if (!isKnown || all || !Number.isSafeInteger(id) || id < 1) fail(usage)
  const { found, letter } = await call({ command, id })
  if (!found) fail(`There is no dead letter ${id}.`)
  if (command === 'replay') console.log(`Replayed ${id}.`)
  if (command === 'discard') console.log(`Discarded ${id}.`)
  if (!letter) return
  const { payload, created_at, ...others } = letter
  console.log({ ...others, filed: new Date(created_at).toISOString() })
  console.log(payload)
}

function show({ letters = [], newest = 0 }: DeadLetterReply): void {
  if (letters.length === 0) console.log('No dead letters.')
  else printTable(letters)
  if (letters.length > 0 && letters.at(-1)?.id !== newest) console.log(`These are the oldest ${letters.length}.`)
}

function printTable(letters: NonNullable<DeadLetterReply['letters']>): void {
  console.table(
    letters.map(({ id, created_at, reason, topic, partition, offset, bytes }) => ({
      id,
      filed: new Date(created_at).toISOString(),
      reason,
      from: `${topic}-${partition}@${offset}`,
      bytes,
    })),
  )
}

// A letter that is refused again gets a new id, so the ids known now are replayed once, a page at a time.
async function replayAll(call: Target['call']): Promise<void> {
  const { newest: last = 0 } = await call({ command: 'list', after: 0 })
  let count = 0
  for (let after = 0; after < last; ) {
    const { letters = [] } = await call({ command: 'list', after })
    const page = letters.filter(({ id }) => id <= last)
    if (page.length === 0) break
    for (const { id } of page) {
      const { found } = await call({ command: 'replay', id })
      if (found) console.log(`Replayed ${id}.`)
      if (found) count += 1
      after = id
    }
  }
  console.log(`Replayed ${count} dead letters. Those that are refused again return to the list.`)
}

function fail(sentence: string): never {
  throw new Error(sentence)
}

let target: Target | undefined
try {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const options = { stage: { type: 'string' }, all: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  target = values.stage === undefined ? await openLocal() : await openStage(values.stage)
  await run(target, positionals, values.all)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await target?.close()
}
