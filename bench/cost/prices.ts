/**
 * What AWS charges in us-east-1, in US dollars, and what is assumed where nothing can be counted on one machine.
 * `npm run cost -- --prices file.json` replaces any of them: `{ "prices": { "acuHour": 0.2 }, "assumptions": { "cpuFactor": 2 } }`.
 */
import { readFile } from 'node:fs/promises'

export interface Price {
  usd: number
  per: string
  /** When the source was read or written. */
  date: string
  url: string
  /** Only a secondary source was at hand, or none: look it up before relying on it. */
  isUnverified?: true
}

const apiGateway = 'https://aws.amazon.com/api-gateway/pricing/'
const lambda = 'https://aws.amazon.com/lambda/pricing/'
const msk = 'https://aws.amazon.com/msk/pricing/'
const aurora = 'https://aws.amazon.com/rds/aurora/pricing/'
const cache = 'https://aws.amazon.com/elasticache/pricing/'
const cloudWatch = 'https://aws.amazon.com/cloudwatch/pricing/'
const toolkit = 'https://github.com/aws/agent-toolkit-for-aws/blob/d6ad2e4/skills/specialized-skills'
const sizing = `${toolkit}/analytics-skills/managing-amazon-msk/scripts/msk_sizing.py`
const acu = `${toolkit}/database-skills/amazon-aurora-mysql/scripts/acu_calculator.py`

/** First tiers; neither free tiers nor volume discounts are counted. */
export const listPrices = {
  websocketMessage: { usd: 1 / 1e6, per: 'message of 32 KB', date: '2026-09-20', url: apiGateway },
  connectionMinute: { usd: 0.25 / 1e6, per: 'minute', date: '2026-09-20', url: apiGateway },
  httpRequest: { usd: 1 / 1e6, per: 'request of 512 KB', date: '2026-09-20', url: apiGateway },
  lambdaRequest: { usd: 0.2 / 1e6, per: 'invocation', date: '2026-09-20', url: lambda },
  lambdaGbSecond: { usd: 0.0000133334, per: 'GB-second, arm64', date: '2026-09-20', url: lambda },
  pollerUnitHour: {
    usd: 0.185,
    per: 'event poller unit and hour',
    date: '2026-09-19',
    url: lambda,
    isUnverified: true,
  },
  brokerSmallHour: { usd: 0.0456, per: 'kafka.t3.small and hour', date: '2026-09-19', url: msk, isUnverified: true },
  brokerLargeHour: { usd: 0.204, per: 'kafka.m7g.large and hour', date: '2026-08-20', url: sizing },
  brokerGbMonth: { usd: 0.1, per: 'GB and month', date: '2026-08-20', url: sizing },
  crossZoneGb: { usd: 0.02, per: 'GB between zones, both ways', date: '2026-08-20', url: sizing },
  acuHour: { usd: 0.12, per: 'ACU and hour', date: '2026-03-28', url: acu },
  databaseGbMonth: { usd: 0.1, per: 'GB and month', date: '2026-03-28', url: acu },
  databaseIo: { usd: 0.2 / 1e6, per: 'I/O', date: '2026-06-01', url: aurora, isUnverified: true },
  proxyAcuHour: { usd: 0.015, per: 'ACU and hour, at least 8', date: '2026-09-19', url: aurora, isUnverified: true },
  cacheGbHour: { usd: 0.084, per: 'GB and hour, at least 0.1', date: '2026-06-01', url: cache, isUnverified: true },
  ecpu: { usd: 0.0023 / 1e6, per: 'ECPU', date: '2026-06-01', url: cache, isUnverified: true },
  logGb: { usd: 0.5, per: 'GB taken in', date: '2026-06-01', url: cloudWatch, isUnverified: true },
  logGbMonth: { usd: 0.03, per: 'GB and month', date: '2026-06-01', url: cloudWatch, isUnverified: true },
  alarmMonth: { usd: 0.1, per: 'alarm and month', date: '2026-06-01', url: cloudWatch, isUnverified: true },
  secretMonth: {
    usd: 0.4,
    per: 'secret and month',
    date: '2026-06-01',
    url: 'https://aws.amazon.com/secrets-manager/pricing/',
    isUnverified: true,
  },
  edgeGb: {
    usd: 0.085,
    per: 'GB from CloudFront to viewers',
    date: '2026-06-01',
    url: 'https://aws.amazon.com/cloudfront/pricing/',
    isUnverified: true,
  },
} satisfies Record<string, Price>

export type PriceName = keyof typeof listPrices
export type Prices = Record<PriceName, Price>

export const listAssumptions = {
  /** A vCPU comes with 1,769 MB; a function of 512 MB has that share of one. A core here counts as one of Lambda's. */
  cpuFactor: 1769 / 512,
  memoryGb: 0.5,
  /** Waits that one machine does not have, ms an invocation: other zones, three replicas, Aurora's commit, two waves of posts. */
  acceptWaitMs: 8,
  connectionWaitMs: 3,
  storeWaitMs: 45,
  /** Start, end and report lines of each invocation, bytes: none with the system's log level at WARN. */
  platformLogBytes: 0,
  /** What CloudWatch adds to each log event, bytes. */
  logEventBytes: 26,
  logDays: 30,
  kafkaReplicas: 3,
  kafkaDays: 7,
  /** The share of traffic between functions and brokers that leaves its zone, of three. */
  crossZoneShare: 2 / 3,
  /** Aurora writes its log in units of 4 KB; what it writes beside that is taken to be as much again. */
  ioFactor: 2,
  vcpuOfAcu: 0.25,
  /** The server's time that a command is billed one unit for, as AWS's own estimator has it: docs/cost.md. */
  ecpuMicroseconds: 3,
  monthHours: 730,
  /** The gateway ends a connection after two hours. */
  connectionHours: 2,
}

export type Assumptions = typeof listAssumptions

/** Seconds between heartbeats for which idle connections are told, and lived through. */
export const intervals = [30, 60, 240, 480] as const

export interface Terms {
  prices: Prices
  assumptions: Assumptions
}

/** The list, with what a file replaces. @throws Error when it names what is not in the list, or no number. */
export async function termsOf(file: string | undefined): Promise<Terms> {
  const given = file ? JSON.parse(await readFile(file, 'utf8')) : {}
  return replaced(given)
}

/** The list, with what is given in place of it. @throws Error when it names what is not in the list, or no number. */
export function replaced(given: { prices?: Record<string, unknown>; assumptions?: Record<string, unknown> }): Terms {
  const prices: Prices = { ...listPrices }
  for (const [name, usd] of Object.entries(given.prices ?? {})) {
    if (!isPrice(name) || typeof usd !== 'number') throw new Error(`There is no price ${name}, or it is no number.`)
    prices[name] = { usd, per: listPrices[name].per, date: 'given', url: '' }
  }
  const assumptions = { ...listAssumptions }
  for (const [name, value] of Object.entries(given.assumptions ?? {})) {
    if (!isAssumption(name) || typeof value !== 'number')
      throw new Error(`There is no assumption ${name}, or it is no number.`)
    assumptions[name] = value
  }
  return { prices, assumptions }
}

const isPrice = (name: string): name is PriceName => Object.hasOwn(listPrices, name)
const isAssumption = (name: string): name is keyof Assumptions => Object.hasOwn(listAssumptions, name)
