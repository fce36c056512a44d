/** Each packaged function is evaluated with its own variables alone, whole; and names each of them that is taken away. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { type Aws, startAws } from './function/aws.ts'
import { environmentOf } from './function/environment.ts'
import { lambdaEnvironment } from './function/running.ts'
import { unpacked } from './function/unpack.ts'
import { type DeployedFunction, functionsOf, packaged } from './stage.ts'

/** Those with a default, those that say how to reach a server beside where, and the stage, which is read when it is needed. */
const optional =
  /^(AWS_.*|COOKIE_ORIGINS|.*_TOPIC|KAFKA_AUTH|KNOWN_ADDRESS_DAYS|LOG_LEVEL|MESSAGE_.*|MYSQL_CONNECTIONS|NODE_.*|PASSWORD_.*|STAGE|TIME_ZONE|STUN_URLS|TOKEN_TTL_.*|TURN_.*)$/

const prod = await packaged('prod')
const functions = functionsOf(prod)
let aws: Aws

beforeAll(async () => {
  aws = await startAws()
})

afterAll(() => aws?.stop())

const importing = `
  const { parentPort, workerData } = require('node:worker_threads')
  const importAll = async () => { for (const file of workerData) await import(file) }
  importAll().then(() => parentPort.postMessage(''), (error) => parentPort.postMessage(error.message))`

/** The words with which a function ends when its files are evaluated, those that it loads later among them; none if it does not. */
async function failureOf(
  { name, handler, timeoutSeconds }: DeployedFunction,
  variables: Record<string, string>,
): Promise<string> {
  const folder = unpacked(prod, name)
  const entry = handler.replace(/\.\w+$/, '.mjs')
  const files = await readdir(folder, { recursive: true })
  const all = [entry, ...files.filter((file) => file.endsWith('.mjs') && file !== entry)]
  const env = { ...lambdaEnvironment({ folder, handler, timeoutSeconds, variables }), AWS_LAMBDA_RUNTIME_API: 'here' }
  const workerData = all.map((file) => pathToFileURL(join(folder, file)).href)
  const worker = new Worker(importing, { eval: true, env, workerData })
  try {
    return await new Promise((done, fail) => worker.once('message', done).once('error', fail))
  } finally {
    await worker.terminate()
  }
}

it.each(functions)('$name starts with its own variables, and names each that is taken away', async (deployed) => {
  const variables = environmentOf(deployed, aws)
  expect(await failureOf(deployed, variables)).toBe('')
  const needed = Object.keys(deployed.variables).filter((variable) => !optional.test(variable))
  const told = await inParallel(needed, 2, async (variable) => {
    const { [variable]: _taken, ...others } = variables
    return await failureOf(deployed, others)
  })
  expect(told).toEqual(needed.map((variable) => `${variable} is not set`))
})

it('is said of functions that need some', () => {
  const needed = functions.flatMap(({ variables }) => Object.keys(variables).filter((one) => !optional.test(one)))
  expect([...new Set(needed)].sort()).toEqual([
    'GATEWAY_ENDPOINT',
    'KAFKA_BROKERS',
    'MYSQL_URL',
    'ORIGIN_SECRET',
    'PUBLIC_ORIGIN',
    'REDIS_URL',
    'STORAGE_BUCKET',
    'TOKEN_KEYS',
    'TOKEN_SIGNING_SECRET',
  ])
})
