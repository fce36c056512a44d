/**
 * Floods by one person, under the limits of a deployed stage: what others notice of them.
 *
 *     npx node bench/floods.ts                     each kind three times, in eight minutes
 *     npx node bench/floods.ts --only heartbeats --runs 1
 *
 * People talk at a steady rate, first alone and then beside the flood. It prints a row for each run.
 */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { befriend, type Person, signUp } from '../infra/client/people.ts'
import { percentiles } from './figures.ts'
import type { Flood, Flooded } from './flooder.ts'
import { pace } from './loop.ts'
import { connectPeople, judge, type People, takeLatencies, untilReceived } from './people.ts'
import type { Percentiles } from './result.ts'
import { openTestbed, type Target } from './testbed.ts'

const load = { pairs: 20, perSecond: 200, quietSeconds: 4, floodSeconds: 6 }
/** Of what the others see: twice as much, or so much more. */
const bound = { times: 2, moreMs: 30 }

/** Who floods, a friend of theirs, and somebody who is none. */
interface Cast {
  eve: Person
  friend: Person
  stranger: Person
}

interface Kind {
  perSecond: number
  frame(cast: Cast): object | string
  sockets?: number
  /** Whether who is cut off comes again at once; they do unless it is said. */
  comesBack?: boolean
  /** Messages a second that the friend sends to who floods. */
  friendPerSecond?: number
}

const message = (to: Person, content: string) => ({ type: 2, target_id: to.id, content, media: 1 })

const kinds: Record<string, Kind> = {
  messages: { perSecond: 500, frame: ({ friend }) => message(friend, 'hello') },
  typing: { perSecond: 500, frame: ({ friend }) => ({ type: 7, target_id: friend.id, typing: true }) },
  marks: { perSecond: 500, frame: ({ friend }) => ({ type: 6, target_id: friend.id, seq: 1 }) },
  'unknown types': { perSecond: 500, frame: () => ({ type: 99 }) },
  'no frames': { perSecond: 500, frame: () => 'x'.repeat(100) },
  '16 KiB to strangers': { perSecond: 500, frame: ({ stranger }) => message(stranger, 'x'.repeat(16 * 1024)) },
  'too long': { perSecond: 500, frame: ({ friend }) => message(friend, 'x'.repeat(16 * 1024 + 1)) },
  heartbeats: { perSecond: 3_000, frame: () => ({ type: 0, ping: 1 }) },
  '300 sockets': {
    perSecond: 10,
    frame: () => ({ type: 0, ping: 1 }),
    sockets: 300,
    comesBack: false,
    friendPerSecond: 40,
  },
  '300 sockets again and again': {
    perSecond: 10,
    frame: () => ({ type: 0, ping: 1 }),
    sockets: 300,
    friendPerSecond: 40,
  },
}

async function measureFloods(target: Target, names: readonly string[], runs: number): Promise<void> {
  const people = await connectPeople(target, { pairs: load.pairs, batch: false, acks: false })
  await talk(people, 5)
  for (const name of names) {
    const kind = kinds[name]
    if (!kind) throw new Error(`there is no kind ${name}, only ${Object.keys(kinds).join(', ')}`)
    for (let run = 1; run <= runs; run++) {
      const quiet = await talk(people, load.quietSeconds)
      const flood = await startFlood(target.base, kind)
      // Who does not come back has opened all by then.
      if (kind.comesBack === false) await sleep(3_000)
      const beside = await talk(people, load.floodSeconds)
      console.log(rowOf([name, kind.perSecond, run, ...cellsOf(quiet, beside), ...Object.values(await flood.stop())]))
      await sleep(500)
    }
  }
  const findings = await judge(target, people)
  people.close()
  console.log(`of the others' messages: ${JSON.stringify(findings)}`)
}

/** The latencies of those who talk, in so many seconds. */
async function talk(people: People, seconds: number): Promise<Percentiles> {
  takeLatencies(people)
  await pace(people, load.perSecond, seconds)
  await untilReceived(people)
  return percentiles(takeLatencies(people).received)
}

/** A newcomer floods, until it is stopped. */
async function startFlood(
  base: string,
  { perSecond, frame, sockets = 1, comesBack = true, friendPerSecond = 0 }: Kind,
) {
  const cast: Cast = {
    eve: await signUp(base, 'eve'),
    friend: await signUp(base, 'fay'),
    stranger: await signUp(base, 'gus'),
  }
  await befriend(base, cast.eve, cast.friend)
  const given = frame(cast)
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  const own: Flood = { base, token: cast.eve.token, frame: text, perSecond, sockets, comesBack }
  const toEve = JSON.stringify(message(cast.eve, 'hello'))
  const ofFriend: Flood = {
    base,
    token: cast.friend.token,
    frame: toEve,
    perSecond: friendPerSecond,
    sockets: 1,
    comesBack,
  }
  const floods = await Promise.all((friendPerSecond > 0 ? [own, ofFriend] : [own]).map(run))
  for (const one of floods) one.begin()
  return {
    async stop(): Promise<Flooded> {
      const [flooded] = await Promise.all(floods.map((one) => one.stop()))
      if (!flooded) throw new Error('nothing was flooded')
      return flooded
    },
  }
}

/** A flood that is ready to begin. */
async function run(workerData: Flood) {
  const worker = new Worker(new URL('./flooder.ts', import.meta.url), { workerData })
  await once(worker, 'message')
  return {
    begin(): void {
      worker.postMessage('begin')
    },
    async stop(): Promise<Flooded> {
      const flooded = new Promise<Flooded>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject)
      })
      worker.postMessage('stop')
      const result = await flooded
      await worker.terminate()
      return result
    },
  }
}

const head = [
  'flood',
  'a second',
  'run',
  'quiet p50',
  'p99',
  'beside p50',
  'p99',
  'within',
  'sent',
  'cut off',
  'refused upgrades',
]
const rowOf = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

function cellsOf(quiet: Percentiles, beside: Percentiles): (string | number)[] {
  const isWithin = beside.p99 <= Math.max(quiet.p99 * bound.times, quiet.p99 + bound.moreMs)
  return [quiet.p50, quiet.p99, beside.p50, beside.p99, isWithin ? 'yes' : '**no**']
}

const { values } = parseArgs({ options: { only: { type: 'string' }, runs: { type: 'string', default: '3' } } })
const testbed = await openTestbed({ say: console.log, environment: { RATE_LIMITS: 'on' } })
try {
  console.log(`${rowOf(head)}\n${rowOf(head.map(() => '---'))}`)
  await measureFloods(testbed, values.only?.split(',') ?? Object.keys(kinds), Number(values.runs))
} finally {
  await testbed.stop()
}
process.exit()
