/**
 * Sends odd requests, frames and records to the running service: schemathesis makes requests from the description of the API,
 * and the tests of the rings that end in `fuzz` make what the contract and the topic have besides.
 *
 *     npm run test:fuzz                       50,000 cases in some ten minutes, on servers of its own
 *     npm run test:fuzz -- --cases 500000     a night
 *     BASE_URL=http://… npm run test:fuzz     without records, which take the service's own stores
 *
 * The last line is `N cases, N findings`, and the exit code 0 when nothing was found. Findings are an answer with a status of
 * 500 or above, none in time, one in a shape that the description does not know, what is taken that it forbids or refused that
 * it allows, a frame without a type, a socket that closes, a process that ends, and memory that is not given back.
 */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { childEnvironment } from '../../infra/services/environment.ts'
import { endWithNpm, launch } from '../../infra/services/process.ts'
import { heapAfterCollection } from '../fault/memory.ts'
import { openApp, openStores, type Servers } from '../servers.ts'
import { virtualEnvironment } from '../support/tool.ts'

interface Tally {
  cases: number
  findings: number
}

interface Service extends Servers {
  url: string
  /** Of the functions; undefined if they are not ours. */
  pid?: number
}

const root = resolve(import.meta.dirname, '../..')
const say = (line: string): void => console.log(line)
const interrupted = new AbortController()
const megabyte = 2 ** 20
// What fills up once, by caches and compiled code, is some 50 MB.
const growthMax = 100 * megabyte

/** The service that is asked. */
async function opened(): Promise<Service> {
  const given = process.env.BASE_URL
  if (given) return { url: given, stop: async () => {} }
  const stores = await openStores(interrupted.signal)
  // No limits: what is refused for coming too often would not be looked at. Cheap hashes: people come and go by the thousand.
  const app = await openApp({
    ...{
      REGISTRATIONS_PER_DAY: '1000000000',
      LOGIN_FAILURES_PER_DAY: '1000000000',
      PASSWORD_FAILURES_FREE: '1000000000',
    },
    ...{ PASSWORD_FAILURES_IN_A_ROW: '1000000000', PASSWORD_HASH_ROUNDS: '4' },
    ...{ MESSAGE_RATE_PER_SECOND: '1000000', MESSAGE_RATE_BURST: '1000000', LOG_LEVEL: 'error' },
  })
  let isOver = false
  void app.died.then((cause) => {
    if (!isOver) interrupted.abort(new Error(`The service ended: ${cause}`))
  })
  const stop = async (): Promise<void> => {
    isOver = true
    await app.stop()
    await stores.stop()
  }
  return { url: app.url, pid: app.pid, stop }
}

/** Runs a command to its end, and shows what it prints. @returns its exit code and the output. */
async function runs(program: string, args: readonly string[], added: NodeJS.ProcessEnv) {
  interrupted.signal.throwIfAborted()
  const child = launch(program, args, { cwd: root, env: childEnvironment(added), output: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      process.stdout.write(text)
    })
  }
  const end = (): unknown => child.kill('SIGTERM')
  interrupted.signal.addEventListener('abort', end)
  const [code] = await once(child, 'close')
  interrupted.signal.removeEventListener('abort', end)
  interrupted.signal.throwIfAborted()
  return { code, output }
}

/** Requests by the description: those that schemathesis plans for each route, and others until the time is over. */
async function byDescription(folder: string, url: string, seconds: number): Promise<Tally> {
  const { code, output } = await runs(
    join(folder, 'bin/schemathesis'),
    [
      ...['run', `${url}/swagger/openapi.json`, '--url', url, '--max-time', String(seconds)],
      ...['--continue-on-failure', '--request-timeout', '10', '--workers', '2'],
    ],
    { SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'hooks.py') },
  )
  const count = (pattern: RegExp): number => Number(pattern.exec(output)?.[1]?.replaceAll(',', '') ?? 0)
  const findings = count(/(\d+) unique failures?/)
  return { cases: count(/([\d,]+) generated/), findings: findings || Number(code !== 0) }
}

interface Report {
  testResults: { status: string; assertionResults: { status: string; meta: { cases?: number } }[] }[]
}

/** Requests, frames and records by the tests of the rings. */
async function byRings(service: Service, cases: number): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-fuzz-'))
  try {
    const file = join(folder, 'report.json')
    const rings = service.pid === undefined ? ['wire'] : ['wire', 'service']
    const args = [
      ...['node_modules/vitest/vitest.mjs', 'run', ...rings.flatMap((ring) => ['--project', ring])],
      ...['test/wire/fuzz.test.ts', 'test/wire/fuzz-topic.test.ts', 'test/service/fuzz-record.test.ts'],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    ]
    const { code } = await runs(process.execPath, args, { BASE_URL: service.url, FUZZ_CASES: String(cases) })
    const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Report
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
    const failed = tests.filter(({ status }) => status === 'failed').length
    return {
      cases: tests.reduce((sum, { meta }) => sum + (meta.cases ?? 0), 0),
      findings: failed || Number(code !== 0),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A finding if the functions keep more memory than at first. */
async function byMemory({ pid }: Service, before: number | undefined): Promise<Tally> {
  if (pid === undefined) return { cases: 0, findings: 0 }
  const after = await heapAfterCollection(pid)
  const isKnown = before !== undefined && after !== undefined
  const told = (bytes = 0): string => `${Math.round(bytes / megabyte)} MB`
  say(isKnown ? `The heap of the functions: ${told(before)}, then ${told(after)}` : 'The heap could not be measured')
  return { cases: 0, findings: Number(!isKnown || after - before > growthMax) }
}

const sum = (tallies: readonly Tally[]): Tally => ({
  cases: tallies.reduce((all, { cases }) => all + cases, 0),
  findings: tallies.reduce((all, { findings }) => all + findings, 0),
})

async function fuzz(cases: number): Promise<Tally> {
  const python = await virtualEnvironment('fuzz', join(import.meta.dirname, 'requirements.txt'), say)
  if ('missing' in python) throw new Error(`schemathesis cannot be had here: ${python.missing}`)
  const service = await opened()
  try {
    // Both ways once, so that all code is loaded.
    const first = await byRings(service, Math.ceil(cases / 50))
    const before = service.pid === undefined ? undefined : await heapAfterCollection(service.pid)
    // A machine of two cores answers some 70 of these a second, and several hundred of the others.
    const described = await byDescription(python.folder, service.url, Math.max(60, Math.ceil(cases / 200)))
    const left = Math.max(cases - first.cases - described.cases, Math.ceil(cases / 2))
    const rings = await byRings(service, left)
    return sum([first, described, rings, await byMemory(service, before)])
  } finally {
    await service.stop()
  }
}

endWithNpm()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`Stopped by ${signal}.`)))
}
const { values } = parseArgs({ options: { cases: { type: 'string', default: '50000' } } })
try {
  const wanted = Number(values.cases)
  if (!Number.isSafeInteger(wanted) || wanted < 1) throw new Error('--cases takes a positive whole number')
  const { cases, findings } = await fuzz(wanted)
  say(`${cases} cases, ${findings} findings`)
  process.exit(findings === 0 && cases >= wanted ? 0 : 1)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
