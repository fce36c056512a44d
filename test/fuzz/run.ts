/**
 * Sends odd requests and frames to the running service for some minutes: schemathesis makes them from the description of
 * the API, and `test/wire/fuzz.test.ts` from what the contract says.
 *
 *     npm run test:fuzz                   ten minutes, on servers of its own
 *     npm run test:fuzz -- --minutes 60
 *     BASE_URL=http://… npm run test:fuzz
 *
 * The exit code is 0 when nothing was found: no answer with a status of 500 or above, none in a shape that the description
 * does not know, and nothing taken that it forbids or refused that it allows.
 */
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { signUp } from '../../infra/client/people.ts'
import { childEnvironment } from '../../infra/services/environment.ts'
import { endWithNpm, launch } from '../../infra/services/process.ts'
import { virtualEnvironment } from '../deploy/tools.ts'
import { openApp, openStores, type Servers } from '../servers.ts'

const root = resolve(import.meta.dirname, '../..')
const say = (line: string): void => console.log(line)
const interrupted = new AbortController()

/** The service that is asked. */
async function opened(): Promise<Servers & { url: string }> {
  const given = process.env.BASE_URL
  if (given) return { url: given, stop: async () => {} }
  const stores = await openStores(interrupted.signal)
  // No limits: what is refused for coming too often would not be looked at.
  const app = await openApp({ REGISTRATIONS_PER_DAY: '1000000000', LOGIN_FAILURES_PER_DAY: '1000000000' })
  const stop = async (): Promise<void> => {
    await app.stop()
    await stores.stop()
  }
  return { url: app.url, stop }
}

async function runs(program: string, args: readonly string[], added: NodeJS.ProcessEnv = {}): Promise<boolean> {
  interrupted.signal.throwIfAborted()
  const child = launch(program, args, { cwd: root, env: childEnvironment(added), output: 'inherit' })
  const end = (): unknown => child.kill('SIGTERM')
  interrupted.signal.addEventListener('abort', end)
  const [code] = await once(child, 'exit')
  interrupted.signal.removeEventListener('abort', end)
  interrupted.signal.throwIfAborted()
  return code === 0
}

/** Requests by the description. Who ends the session that asks would be a stranger from then on. */
async function byDescription(folder: string, url: string, seconds: number): Promise<boolean> {
  const { token } = await signUp(url, 'fuzz')
  return await runs(join(folder, 'bin/schemathesis'), [
    'run',
    `${url}/swagger/openapi.json`,
    ...['--url', url, '--header', `Authorization: Bearer ${token}`],
    ...['logout', 'sessions/end', 'sessions/end-all'].flatMap((end) => ['--exclude-path', `/api/user/${end}`]),
    ...['--max-time', String(seconds), '--continue-on-failure', '--request-timeout', '10', '--workers', '2'],
  ])
}

async function fuzz(minutes: number): Promise<boolean> {
  const python = await virtualEnvironment('fuzz', join(import.meta.dirname, 'requirements.txt'), say)
  if ('missing' in python) throw new Error(`schemathesis cannot be had here: ${python.missing}`)
  const service = await opened()
  try {
    const isClean = await byDescription(python.folder, service.url, Math.ceil(minutes * 48))
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'wire', 'test/wire/fuzz.test.ts']
    // A machine of two cores answers some 40 a second of each kind in the fifth of the time that is left.
    const added = { BASE_URL: service.url, FUZZ_RUNS: String(Math.ceil(minutes * 40)) }
    return (await runs(process.execPath, args, added)) && isClean
  } finally {
    await service.stop()
  }
}

endWithNpm()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`Stopped by ${signal}.`)))
}
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
try {
  const isClean = await fuzz(Number(values.minutes))
  say(isClean ? 'Nothing was found.' : 'Something was found: see above.')
  process.exit(isClean ? 0 : 1)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
