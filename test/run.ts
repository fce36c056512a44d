/**
 * Runs the rings of tests, and ends with one line for all of them: `N passed, N failed`.
 *
 *     npm test                     units, the start, services, the wire, the stores behind TLS, and browsers
 *     npm test -- unit wire        some of them
 *     npm test -- wire -t "seq"    passes the other arguments to vitest
 *     npm test -- deploy           what would be deployed: held to rules, run as Lambda runs it, deployed into an emulator
 *     npm test -- breaks           each promise broken once: a test must go red
 *     npm test -- fault            each fault once, on separate servers
 *     npm test -- all              all nine
 *
 * The exit code is 0 when nothing failed and something passed. `npx vitest` runs any file of the first six, too.
 */
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import { childEnvironment } from '../infra/services/environment.ts'
import { sentenceOf } from '../infra/services/failure.ts'
import { installationsDir } from '../infra/services/index.ts'
import { mavenProblem } from '../infra/services/maven.ts'
import { endWithNpm, launch } from '../infra/services/process.ts'
import { stamp } from '../web/app/build.ts'
import { breaks } from './breaks.ts'
import { chromiumProblem } from './browser/chromium.ts'
import { runShort } from './fault/short.ts'
import { openStores } from './servers.ts'

const usual = ['unit', 'start', 'service', 'wire', 'tls', 'browser'] as const
const rings = [...usual, 'deploy', 'breaks', 'fault'] as const
type Ring = (typeof rings)[number]

interface Tally {
  passed: number
  failed: number
  skipped: number
}

interface FileResult {
  name: string
  endTime: number
  status: string
  message: string
  assertionResults: readonly { status: string; fullName: string; failureMessages: readonly string[] }[]
}

const say = (line: string): void => console.log(line)
const given = process.argv.slice(2)
const chosen = rings.filter((ring) => given.includes(ring) || given.includes('all'))
const selected: readonly Ring[] = chosen.length > 0 ? chosen : await possible()
const passedOn = given.filter((argument) => argument !== 'all' && !rings.some((ring) => ring === argument))

const root = resolve(import.meta.dirname, '..')
if (/[#?]/.test(root)) {
  say(
    `The tests cannot run in a folder with # or ? in its name, since Vite loads nothing from it: move or rename ${root}.`,
  )
  process.exit(1)
}
const folder = await temporaryFolder()
process.env.TMPDIR = folder
const interrupted = new AbortController()
/** What went red, to stand right above the last line: the output before it is long. */
const failures: string[] = []

async function run(): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
  // Services and the wire share their servers; the others have the machine to themselves.
  for (const together of [['unit'], ['start'], ['service', 'wire'], ['tls'], ['browser'], ['deploy']]) {
    const projects = together.filter((ring) => selected.some((one) => one === ring))
    if (projects.length > 0) add(tally, await vitest(projects))
  }
  if (selected.includes('breaks')) add(tally, await seeRed())
  if (selected.includes('fault')) add(tally, await runShort(say, interrupted.signal))
  return tally
}

/** The usual rings, without those whose servers or browser cannot run here. */
async function possible(): Promise<readonly Ring[]> {
  const ofTls = await mavenProblem(installationsDir)
  if (ofTls) say(`The ring tls is left out, since its servers take Java and Maven: ${ofTls}.`)
  const ofBrowser = await chromiumProblem()
  if (ofBrowser) say(`The ring browser is left out, since no browser runs here: ${ofBrowser}.`)
  return usual.filter((ring) => !(ring === 'tls' && ofTls) && !(ring === 'browser' && ofBrowser))
}

function add(tally: Tally, { passed, failed, skipped = 0 }: Omit<Tally, 'skipped'> & Partial<Tally>): void {
  tally.passed += passed
  tally.failed += failed
  tally.skipped += skipped
}

async function vitest(projects: readonly string[]): Promise<Tally> {
  const report = join(folder, `${projects.join('-')}.json`)
  const named = projects.flatMap((project) => ['--project', project])
  // The titles of that ring are what was proved.
  const shown = projects.includes('deploy') ? 'verbose' : 'default'
  const reporters = [`--reporter=${shown}`, '--reporter=json', `--outputFile.json=${report}`]
  const code = await testsOf([...named, ...reporters, ...passedOn])
  const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests, startTime, testResults } = JSON.parse(
    await readFile(report, 'utf8'),
  )
  if (projects.includes('deploy')) sayWhen(startTime, testResults)
  failures.push(...testResults.flatMap(failuresOf))
  // A file that does not load, or an error outside tests, is a failure without a failed test.
  const failed = numFailedTests || (code === 0 ? 0 : Math.max(numFailedTestSuites, 1))
  return { passed: numPassedTests, failed, skipped: numPendingTests }
}

function failuresOf({ name, status, message, assertionResults }: FileResult): string[] {
  const file = relative(root, name)
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (failed.length === 0 && status === 'failed') return [`${file}: ${message}`]
  return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}${failureMessages.map(shortOf).join('')}`)
}

/** What was wrong, and where: indented, on few lines. */
function shortOf(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() && !line.includes('/node_modules/'))
  return lines
    .slice(0, 12)
    .map((line) => `\n    ${line.trim().slice(0, 400)}`)
    .join('')
}

/** When each file was through, in seconds from the begin: several run at once, so these do not add up. */
function sayWhen(begin: number, files: readonly FileResult[]): void {
  const ends = files.map(({ name, endTime }) => `${basename(name)} ${Math.round((endTime - begin) / 1_000)} s`)
  say(`Through after: ${ends.join(', ')}`)
}

/** Applies one break at a time, and counts those that turn a test red. */
async function seeRed(): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 }
  const stores = await openStores(interrupted.signal)
  try {
    for (const [name, { promise, test }] of Object.entries(breaks)) {
      if (!test) continue
      const [file, title] = test
      const [, ring = ''] = file.split('/')
      const args = ['--project', ring, '--reporter=dot', file, '-t', title]
      if (ring === 'browser') await buildPage({ BREAK: name })
      const isRed = (await testsOf(args, { BREAK: name }, 'ignore')) !== 0
      tally[isRed ? 'passed' : 'failed'] += 1
      const outcome = `${promise}: ${name} → ${isRed ? 'red' : 'STILL GREEN'}`
      if (!isRed) failures.push(outcome)
      say(`${isRed ? '✓' : '✗'} ${outcome}`)
    }
    return tally
  } finally {
    await stores.stop()
    // Whoever needs the page next builds it whole, also after an interruption.
    await rm(stamp, { force: true })
  }
}

async function buildPage(environment: Record<string, string>): Promise<void> {
  if ((await command(['test/browser/build.ts'], environment, 'ignore')) !== 0)
    throw new Error('The page cannot be built')
}

const testsOf = (args: string[], ...more: [environment?: Record<string, string>, output?: 'inherit' | 'ignore']) =>
  command(['node_modules/vitest/vitest.mjs', 'run', ...args], ...more)

/** Runs a program of Node, and returns how it ended. */
async function command(
  args: string[],
  environment: Record<string, string> = {},
  output: 'inherit' | 'ignore' = 'inherit',
): Promise<number> {
  interrupted.signal.throwIfAborted()
  const child = launch(process.execPath, args, {
    cwd: root,
    env: childEnvironment(environment),
    output,
  })
  const end = () => child.kill('SIGTERM')
  interrupted.signal.addEventListener('abort', end)
  const [code] = await once(child, 'exit')
  interrupted.signal.removeEventListener('abort', end)
  interrupted.signal.throwIfAborted()
  return code ?? 1
}

/** The system's folder for temporary files may be missing or read-only. */
function temporaryFolder(): Promise<string> {
  const inside = async (parent: string): Promise<string> => {
    await mkdir(parent, { recursive: true })
    return await mkdtemp(join(parent, 'gochat-test-'))
  }
  return inside(tmpdir()).catch(() => inside(join(root, '.services')))
}

endWithNpm()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupted.abort(new Error(`Stopped by ${signal}.`))
  })
}

let tally: Tally = { passed: 0, failed: 1, skipped: 0 }
try {
  tally = await run()
} catch (error) {
  say(interrupted.signal.aborted ? String(interrupted.signal.reason.message) : sentenceOf(error))
} finally {
  await rm(folder, { recursive: true, force: true })
}
// What is skipped by `-t` is not worth a word; what this machine cannot show of a deployment is.
const skipped = selected.includes('deploy') ? `, ${tally.skipped} skipped` : ''
for (const failure of failures) say(`✗ ${failure}`)
say(`${tally.passed} passed, ${tally.failed} failed${skipped}`)
process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1)
