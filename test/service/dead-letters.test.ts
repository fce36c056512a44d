/** `npm run dead-letters`: the same on a machine and against a deployed stage, whose function it calls. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { handler } from '../../functions/operations/dead-letters.ts'
import { messages } from '../../lib/client/message-topic.ts'
import * as deadLetter from '../../lib/service/message/dead-letter.ts'
import { lambda } from '../unit/entry-event.ts'
import { closeClients, db, delivered, friends, record } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
const called: string[] = []

/** Lambda's Invoke API, with the one function. */
const aws = createServer(async (request, response) => {
  called.push(request.url ?? '')
  try {
    response.end(JSON.stringify(await handler(await json(request), lambda)))
  } catch (error) {
    response.setHeader('x-amz-function-error', 'Unhandled')
    response.end(JSON.stringify({ errorMessage: String(error) }))
  }
})

beforeAll(() => new Promise<void>((done) => void aws.listen(0, '127.0.0.1', done)))

afterAll(async () => {
  aws.close()
  await closeClients()
  await messages.close()
})

beforeEach(async () => {
  called.length = 0
  await db.deleteFrom('dead_letters').execute()
})

async function tool(...args: string[]): Promise<string> {
  const address = aws.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'secret',
  }
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'infra/dead-letters.ts'), ...args], {
    env,
  })
  return stdout
}

/** Files a record that says `content`; returns its id. */
async function filed(content: string): Promise<number> {
  const { ada, bob } = await friends()
  await deadLetter.file(
    { db },
    delivered(record(ada, bob, { content })).map((given) => ({ record: given, reason: 'given up' })),
  )
  return await deadLetter.newest({ db })
}

describe.each([
  ['on a machine', [], []],
  ['against a stage', ['--stage', 'prod'], ['/2015-03-31/functions/gochat-prod-operationsDeadLetters/invocations']],
])('%s', (_where, stage, urls) => {
  it('lists, shows and discards', async () => {
    expect(await tool(...stage, 'list')).toBe('No dead letters.\n')
    const id = await filed('at last')
    expect(await tool(...stage, 'list')).toMatch(new RegExp(`│ ${id} .*'given up'`))
    expect(await tool(...stage, 'show', `${id}`)).toContain('"content":"at last"')
    expect(await tool(...stage, 'discard', `${id}`)).toBe(`Discarded ${id}.\n`)
    expect(await deadLetter.find({ db }, id)).toBeUndefined()
    expect([...new Set(called)]).toEqual(urls)
  })

  it('replays all that there are', async () => {
    const ids = [await filed('one'), await filed('two')]
    const output = await tool(...stage, 'replay', '--all')
    for (const id of ids) expect(output).toContain(`Replayed ${id}.`)
    expect(output).toContain('Replayed 2 dead letters.')
    expect(await deadLetter.list({ db }, 10)).toEqual([])
  })

  it('says which dead letter there is not, and what it understands', async () => {
    const nothing = { code: 1, stderr: 'There is no dead letter 4711.\n' }
    for (const command of ['show', 'replay', 'discard'])
      await expect(tool(...stage, command, '4711')).rejects.toMatchObject(nothing)
    await expect(tool(...stage, 'discard', '--all')).rejects.toMatchObject({
      stderr: expect.stringMatching(/^npm run/),
    })
  })
})
