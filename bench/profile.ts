/**
 * CPU profiles of the functions' process while a workload runs, summed by the owner of the code.
 *
 *     npm run bench -- --only profile
 *     PROFILE_FOLDER=/tmp/profiles npm run bench -- --only profile     keeps the profiles, for a browser's developer tools
 */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ask } from '../infra/client/http.ts'
import { type Inspected, inspect } from '../infra/inspector.ts'
import { round } from './figures.ts'
import { ownerOfFriends } from './http.ts'
import { closedLoop, openLoop } from './loop.ts'
import { measureRate } from './rate.ts'
import type { Result } from './result.ts'
import type { Testbed } from './testbed.ts'

interface Setting {
  pairs: number
  inFlight: number
  perSecond: number
  seconds: number
  warmUpSeconds: number
}

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface CpuProfile {
  nodes: {
    id: number
    children?: number[]
    callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number }
  }[]
  samples: number[]
  /** Microseconds since the sample before. */
  timeDeltas: number[]
}

const intervalMicroseconds = 500

const shown = 14

/** Runs workloads with a profile of the functions' process, which slows them a little. */
export async function measureProfiles(
  testbed: Testbed,
  setting: Setting,
  onResult: (result: Result) => void,
): Promise<void> {
  const loop = { batch: false, acks: false, ...setting }
  const owner = await ownerOfFriends(testbed, 1_000)
  const operation = () => ask(testbed.base, 'GET', '/api/friend/list', owner.token)
  const list = { workload: 'friend list', setting: {}, clients: 4, seconds: setting.seconds + 1, operation }
  const workloads: Record<string, (observe: () => void) => Promise<Result>> = {
    'closed loop': (observe) => closedLoop(testbed, loop, observe),
    'closed loop, batch': (observe) => closedLoop(testbed, { ...loop, batch: true }, observe),
    'open loop': (observe) => openLoop(testbed, loop, observe),
    'list of 1,000 friends': (observe) => measureRate(testbed, list, observe),
  }
  for (const [of, run] of Object.entries(workloads)) {
    const taken = Promise.withResolvers<CpuProfile>()
    const process = { pid: testbed.pids.functions ?? 0, port: testbed.inspectPort }
    const result = await run(() => cpuProfile(process, setting.seconds - 1).then(taken.resolve, taken.reject))
    const profile = await taken.promise
    await keep(of, profile)
    onResult({ ...result, workload: 'profile', setting: { of }, more: sharesOf(byOwner(profile)) })
  }
}

/** The profile of a process over some seconds. */
async function cpuProfile(inspected: Inspected, seconds: number): Promise<CpuProfile> {
  return await inspect(inspected, async (tell) => {
    await tell('Profiler.enable')
    await tell('Profiler.setSamplingInterval', { interval: intervalMicroseconds })
    await tell('Profiler.start')
    await sleep(seconds * 1000)
    const { profile } = await tell<{ profile: CpuProfile }>('Profiler.stop')
    await tell('Profiler.disable')
    return profile
  })
}

/** Keeps a profile where PROFILE_FOLDER says, if it says so. */
async function keep(name: string, profile: CpuProfile): Promise<void> {
  const folder = process.env.PROFILE_FOLDER
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${name.replaceAll(/\W+/g, '-')}.cpuprofile`), JSON.stringify(profile))
}

/**
 * Milliseconds by owner, the greatest first, without idle time. Node's own code counts for its caller, and as `node` when
 * the event loop called it.
 */
function byOwner({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const owners = new Map<number, string | undefined>()
  const ownerOf = (id: number): string | undefined => {
    if (!owners.has(id)) {
      const frame = frames.get(id)
      const [own, parent] = [frame && ownerOfFrame(frame), parents.get(id)]
      owners.set(id, own === 'node' && parent !== undefined ? (ownerOf(parent) ?? own) : own)
    }
    return owners.get(id)
  }
  const sums = new Map<string, number>()
  samples.forEach((id, index) => {
    const owner = ownerOf(id)
    if (owner) sums.set(owner, (sums.get(owner) ?? 0) + (timeDeltas[index] ?? 0) / 1000)
  })
  return new Map([...sums].sort(([, a], [, b]) => b - a))
}

/** The greatest shares, as a result's columns: per cent of the time in which the process was at work. */
function sharesOf(owners: Map<string, number>): Record<string, string> {
  const total = [...owners.values()].reduce((sum, each) => sum + each, 0)
  const shares = [...owners].slice(0, shown).map(([owner, ms]) => `${owner} ${round((ms / total) * 100)}`)
  return { 'per cent of the time': shares.join(', ') }
}

function ownerOfFrame({ functionName, url, lineNumber, columnNumber }: CpuProfile['nodes'][number]['callFrame']) {
  if (functionName === '(idle)') return undefined
  if (functionName === '(garbage collector)') return 'garbage'
  if (functionName === '(program)') return 'the engine'
  if (url === '' || url.startsWith('node:')) return 'node'
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const source = sourceMapOf(path)?.findEntry(lineNumber, columnNumber)
  return nameOf((source && 'originalSource' in source && source.originalSource) || path)
}

// A package, or a folder of ours.
function nameOf(path: string): string {
  const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
  return name ?? /(?:infra\/local\/[\w-]+|lib\/\w+|functions)(?=\/)/.exec(path)?.[0] ?? path
}

const sourceMaps = new Map<string, SourceMap | undefined>()

// Bundles have a map beside them while profiles are made.
function sourceMapOf(path: string): SourceMap | undefined {
  if (!sourceMaps.has(path)) {
    const file = `${path}.map`
    sourceMaps.set(path, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined)
  }
  return sourceMaps.get(path)
}
