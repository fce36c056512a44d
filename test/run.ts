/**
 * Runs the rings of tests against real servers that it starts empty, and stops.
 *
 *     npm test                     every ring
 *     npm test -- unit wire        some of them
 *     npm test -- wire -t "seq"    what follows the rings goes to vitest
 *     npm test -- breaks           each promise broken once: a test must go red
 *     npm test -- fault            each fault once, on servers of its own
 *     npm test -- start            `npm start` in an odd folder, on another port, and after it was killed
 *
 * The last line is `N passed, N failed`; the exit code is 0 when nothing failed and something passed.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type App, freePort, startApp } from '../infra/app.ts'
import { childEnvironment } from '../infra/services/environment.ts'
import { sentenceOf } from '../infra/services/failure.ts'
import { type Services, startServices } from '../infra/services/index.ts'
import { isAlive, launch, send } from '../infra/services/launch.ts'
import { endWithNpm } from '../infra/services/process.ts'
import { breaks } from './breaks.ts'
import { runShort } from './fault/short.ts'

const rings = ['unit', 'start', 'service', 'wire', 'breaks', 'fault'] as const
type Ring = (typeof rings)[number]

interface Tally {
  passed: number
  failed: number
}

const given = process.argv.slice(2)
const chosen = rings.filter((ring) => given.includes(ring))
const selected: readonly Ring[] = chosen.length > 0 ? chosen : rings
const passedOn = given.filter((argument) => !rings.some((ring) => ring === argument))

const root = resolve(import.meta.dirname, '..')
const say = (line: string): void => console.log(line)
if (/[#?]/.test(root)) {
  say(`Vite, which runs the tests, loads nothing from a folder with # or ? in its name: move or rename ${root}.`)
  process.exit(1)
}
const folder = await temporaryFolder()
const interrupted = new AbortController()
let services: Services | undefined
let app: App | undefined

async function run(): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 }
  let environment: Record<string, string> = {}
  for (const ring of selected) {
    if (ring === 'fault') {
      await stopServers()
      add(tally, await runShort(say, { signal: interrupted.signal }))
      continue
    }
    if (ring !== 'unit' && ring !== 'start' && !services) {
      services = await startServices({
        dataDir: join(folder, 'data'),
        keepData: false,
        say,
        signal: interrupted.signal,
      })
      environment = { STAGE: 'local', JWT_SECRET: randomBytes(32).toString('hex'), ...services.environment }
      await script('infra/migrate.ts', environment)
    }
    if (ring === 'wire' && !app) {
      await script('infra/build-api-page.ts', environment)
      app = await startApp({
        environment,
        port: await freePort(18080),
        logFile: join(folder, 'app.log'),
        say,
        signal: interrupted.signal,
      })
      environment = { ...environment, BASE_URL: app.url }
    }
    add(tally, ring === 'breaks' ? await seeRed(environment) : await vitest(ring, environment))
  }
  return tally
}

function add(tally: Tally, { passed, failed }: Tally): void {
  tally.passed += passed
  tally.failed += failed
}

async function vitest(ring: Ring, environment: Record<string, string>): Promise<Tally> {
  const report = join(folder, `${ring}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await command(
    ['node_modules/vitest/vitest.mjs', 'run', '--project', ring, ...reporters, ...passedOn],
    environment,
  )
  const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(await readFile(report, 'utf8'))
  // A file that does not load, and an error outside of any test, are failures without a failed test.
  const failed = numFailedTests || (code === 0 ? 0 : Math.max(numFailedTestSuites, 1))
  return { passed: numPassedTests, failed }
}

/** Applies one break at a time and counts those that a test notices. */
async function seeRed(environment: Record<string, string>): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 }
  for (const [name, { promise, test }] of Object.entries(breaks)) {
    if (!test) continue
    const [file, title] = test
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'service', '--reporter=dot', file, '-t', title]
    const isRed = (await command(args, { ...environment, BREAK: name }, 'ignore')) !== 0
    tally[isRed ? 'passed' : 'failed'] += 1
    say(`${isRed ? '✓' : '✗'} ${promise}: ${name} → ${isRed ? 'red' : 'STILL GREEN'}`)
  }
  return tally
}

async function script(path: string, environment: Record<string, string>): Promise<void> {
  const code = await command([path], environment)
  if (code !== 0) throw new Error(`${path} failed`)
}

function command(
  args: string[],
  environment: Record<string, string>,
  output: 'inherit' | 'ignore' = 'inherit',
): Promise<number> {
  interrupted.signal.throwIfAborted()
  const child = launch(process.execPath, args, {
    cwd: root,
    env: childEnvironment({ TMPDIR: folder, ...environment }),
    stdio: ['ignore', output, output],
  })
  const end = () => isAlive(child) && send(child, 'SIGTERM')
  interrupted.signal.addEventListener('abort', end)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      interrupted.signal.removeEventListener('abort', end)
      if (interrupted.signal.aborted) reject(interrupted.signal.reason)
      else resolve(code ?? 1)
    })
  })
}

/** The system's place for such folders may be missing, or not ours to write. */
function temporaryFolder(): Promise<string> {
  const inside = async (parent: string): Promise<string> => {
    await mkdir(parent, { recursive: true })
    return await mkdtemp(join(parent, 'gochat-test-'))
  }
  return inside(tmpdir()).catch(() => inside(join(root, '.services')))
}

async function stopServers(): Promise<void> {
  await app?.stop()
  await services?.stop()
  app = undefined
  services = undefined
}

async function stop(): Promise<void> {
  await stopServers()
  await rm(folder, { recursive: true, force: true })
}

endWithNpm()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupted.abort(new Error(`Stopped by ${signal}.`))
  })
}

let tally: Tally = { passed: 0, failed: 1 }
try {
  tally = await run()
} catch (error) {
  say(interrupted.signal.aborted ? String(interrupted.signal.reason.message) : sentenceOf(error))
} finally {
  await stop()
}
say(`${tally.passed} passed, ${tally.failed} failed`)
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1)
