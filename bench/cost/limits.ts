/** What ends growth: settings of our own, AWS's quotas, and what nobody can raise. */
import { type Load, settings } from './load.ts'

export interface Limit {
  name: string
  /** Ours to set, AWS's to raise when asked, or not to be raised. */
  kind: 'setting' | 'quota' | 'fixed'
  limit: number
  need: number
  /** How many people reach it. */
  people: number
  url: string
}

const hashTags = 64
// After a deployment every environment of a function is a new one.
const deploymentSeconds = 30
// EBS takes 78.75 MiB/s of a broker, and 6.5 times what producers send.
const kafkaMb = (settings.brokers * 78.75 * 1.048) / 6.5
// 128 TiB.
const volumeTb = 140.7

const aws = 'https://docs.aws.amazon.com'
const gateway = `${aws}/apigateway/latest/developerguide/limits.html`
const socket = `${aws}/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html`
const lambda = `${aws}/lambda/latest/dg/gettingstarted-limits.html`
const aurora = `${aws}/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html`
const capacity = `${aws}/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html`
const msk = `${aws}/msk/latest/developerguide/limits.html`
const toolkit = 'https://github.com/aws/agent-toolkit-for-aws/blob/d6ad2e4/skills/specialized-skills'
const cache = `${toolkit}/database-skills/amazon-elasticache/references/setup/serverless-vs-node.md`
const sizing = `${toolkit}/analytics-skills/managing-amazon-msk/scripts/msk_sizing.py`

type Row = readonly [Limit['kind'], name: string, limit: number, need: (load: Load) => number, url: string]

const rows: readonly Row[] = [
  ['setting', 'partitions of the topic', settings.partitions, (load) => load.partitions, ''],
  ['setting', 'pollers of the mapping', settings.pollers, (load) => load.pollers, ''],
  ['setting', 'ECPUs a second', settings.ecpusASecond, (load) => load['ECPUs/s'], ''],
  ['setting', 'ACUs', settings.acus, (load) => load.ACUs, ''],
  ['quota', 'gateway requests a second', 10_000, (load) => load['gateway requests/s'], gateway],
  ['quota', 'new connections a second', 500, (load) => load['new connections/s'], socket],
  ['quota', 'invocations at once', 1_000, (load) => load['invocations at once'], lambda],
  ['quota', 'connections to MySQL, at most 16 ACUs', 2_000, (load) => load['connections to MySQL'], capacity],
  ['quota', 'connections to a broker, IAM', 3_000, (load) => load['connections to each broker'], msk],
  [
    'fixed',
    'new connections to a broker a second, IAM',
    100,
    (load) => load['connections to each broker'] / deploymentSeconds,
    msk,
  ],
  ['fixed', 'Kafka, MB/s into three m7g.large', kafkaMb, (load) => load['Kafka, MB/s in'], sizing],
  ['fixed', 'connections to Redis', 65_000, (load) => load['connections to Redis'], cache],
  ['fixed', 'ECPUs a second of one slot', 30_000, (load) => load['ECPUs/s'] / hashTags, cache],
  ['fixed', 'ACUs of the one writer', 256, (load) => load.ACUs, capacity],
  ['fixed', 'TB of the one volume, after a year', volumeTb, (load) => load['stored a year, TB'], aurora],
]

/** The limits of so many people, the one that fewest reach first. `loadAt` is asked for other numbers of people, too. */
export function limitsOf(people: number, loadAt: (people: number) => Load): Limit[] {
  const load = loadAt(people)
  return rows
    .map(([kind, name, limit, needOf, url]) => {
      const reached = firstAbove((many) => needOf(loadAt(many)), limit)
      return { name, kind, limit, need: needOf(load), people: reached, url }
    })
    .sort((a, b) => a.people - b.people)
}

/** The least number of people, within a thousandth, whose need is above the limit. */
function firstAbove(needOf: (people: number) => number, limit: number): number {
  let [below, above] = [1, 1e12]
  while (above / below > 1.001) {
    const between = Math.sqrt(below * above)
    if (needOf(between) > limit) above = between
    else below = between
  }
  return above
}
