/** What deploy, teardown and rotate-keys share: their options, sentences instead of stack traces, and an end by Ctrl-C that says where things stand. */
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const root = resolve(import.meta.dirname, '../..')

/** What cannot go on. Its message is all that is printed. */
export class Refused extends Error {}

export interface Options {
  stage: string
  region: string
  /** Of a data stack; everything but production is small. */
  size: 'dev' | 'prod'
  /** A folder with a built web client, in place of the project's page. */
  web: string | undefined
  /** Whether functions reach the internet over IPv4, too; undefined leaves it as it is. */
  nat: string | undefined
  /** standard or express; likewise. */
  brokers: string | undefined
  /** Whether questions count as answered. */
  isSure: boolean
  /** Whether others may know the key that is replaced, and whether it is the edge's. */
  isLeaked: boolean
  isOrigin: boolean
  signal: AbortSignal
}

/**
 * Runs a command to its end. `goesOn` says what AWS does by itself when the command is left.
 *
 * Ctrl-C gives up all that is under way here. CloudFormation finishes what it was asked for; the same command, given again,
 * goes on from there.
 */
export async function runCommand(goesOn: string, run: (options: Options) => Promise<void>): Promise<never> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  try {
    await run(readOptions(process.argv.slice(2), interrupted.signal))
    process.exit(0)
  } catch (error) {
    if (interrupted.signal.aborted) console.error(`\nStopped here. ${goesOn} Give the same command again to go on.`)
    else console.error(sentenceOf(error))
    process.exit(1)
  }
}

export function readOptions(args: readonly string[], signal: AbortSignal): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      stage: { type: 'string' },
      region: { type: 'string' },
      web: { type: 'string' },
      nat: { type: 'string' },
      brokers: { type: 'string' },
      yes: { type: 'boolean', default: false },
      leaked: { type: 'boolean', default: false },
      origin: { type: 'boolean', default: false },
    },
  })
  const { stage, web, nat, brokers, yes: isSure, leaked: isLeaked, origin: isOrigin } = values
  if (!stage || stage === 'local')
    throw new Refused('Name the stage, such as --stage dev. The stage `local` is never deployed.')
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(stage))
    throw new Refused('A stage is at most 16 small letters, digits and hyphens, and starts with a letter.')
  if (nat && nat !== 'true' && nat !== 'false') throw new Refused('--nat is true or false.')
  const region = values.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION
  if (!region) throw new Refused('Name the region, such as --region us-east-1, or set AWS_REGION.')
  const size = stage === 'prod' ? 'prod' : 'dev'
  return { stage, region, size, web, nat, brokers, isSure, isLeaked, isOrigin, signal }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { name, message, stack } = error
  if (error instanceof Refused || 'code' in error) return message
  if (name.startsWith('CredentialsProvider'))
    return 'There are no AWS credentials. Run `aws configure`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
  // A service's refusal: its name says more than where it was met.
  return '$metadata' in error ? `AWS refuses: ${name}: ${message}` : String(stack)
}

/** Says what is done now. */
export const say = (line: string): void => console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`)

/** Runs one of the project's tools in a process of its own, whose output is shown. Ctrl-C reaches it, too. */
export async function runTool(
  what: string,
  args: readonly string[],
  { timeoutMs, environment = {} }: { timeoutMs: number; environment?: NodeJS.ProcessEnv },
  { region, signal }: Options,
): Promise<void> {
  const [tool = '', ...rest] = args
  const child = spawn(process.execPath, [join(root, tool), ...rest], {
    cwd: root,
    env: { ...process.env, AWS_REGION: region, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: timeoutMs,
    signal,
    killSignal: 'SIGINT',
  })
  const code = await new Promise<number | null>((done) => {
    child.once('error', () => done(null))
    child.once('exit', done)
  })
  if (code !== 0)
    throw new Refused(`${what} failed, or took more than ${timeoutMs / 60_000} minutes. What it said is above.`)
}
