/** A count as text: tables for the terminal, and the generated parts of docs/cost.md and docs/scale.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { round } from '../figures.ts'
import { markdownTable } from '../report.ts'
import type { Count, Step, Walk } from './count.ts'
import { behaviour } from './load.ts'
import {
  billed,
  byComponent,
  dollars,
  ecpusOfWalk,
  groupLines,
  idleHour,
  idleLines,
  type Line,
  messageLines,
  stageLines,
  total,
} from './model.ts'
import { pictureOf } from './picture.ts'
import { intervals, type Terms } from './prices.ts'
import { type Scale, scaleOf } from './scale.ts'
import { logWrites, type RedisCommands } from './units.ts'

type Row = Record<string, string>

export interface Counted {
  date: string
  commit: string
  machine: string
  node: string
  count: Count
}

const docs = resolve(import.meta.dirname, '../../docs')
const [begin, end] = ['<!-- figures -->', '<!-- /figures -->']
const crowds = [1_000, 100_000, 1_000_000, 10_000_000]
const goal = 4
const million = 1_000_000

/** All tables of a count, by title. */
export function tablesOf({ count }: Counted, terms: Terms): Map<string, Row[]> {
  return new Map([
    ['Counted for one message', countedRows(count, terms)],
    ['Dollars for a million messages', dollarRows(count, terms)],
    ['Dollars for a million messages in a group, in batches of 4', groupRows(count, terms)],
    ['Dollars a month for 1,000 idle connections', idleRows(count, terms)],
    ['Dollars for what stands there', stageRows(terms)],
  ])
}

/** Tables of so many people. */
export function scaleTables(crowds: readonly number[], { count }: Counted, terms: Terms): Map<string, Row[]> {
  const scales = crowds.map((people) => scaleOf(people, count, terms))
  return new Map([
    ['At the busiest second', byName(scales, ({ figures }) => figures)],
    ['Dollars a month', byName(scales, ({ dollarsAMonth: all }) => ({ ...all, sum: sum(Object.values(all)) }))],
    ['Limits, the first to be reached first', limitRows(scales)],
  ])
}

/** What a longer interval of heartbeats would change, if every client asked for it. */
function intervalTable({ count }: Counted, terms: Terms): Map<string, Row[]> {
  const rows = intervals.map((everySeconds) => {
    const { figures, dollarsAMonth } = scaleOf(million, count, terms, everySeconds)
    return {
      'a heartbeat each': `${everySeconds} s`,
      ...Object.fromEntries(
        ['heartbeats/s', 'gateway requests/s', 'ECPUs/s'].map((name) => [name, numeral(figures[name] ?? 0)]),
      ),
      'connections, $ a month': numeral(dollarsAMonth.connections ?? 0),
      'all, $ a month': numeral(sum(Object.values(dollarsAMonth))),
    }
  })
  return new Map([['A million people by their clients’ heartbeats', rows]])
}

/** Renders both pages and the picture. @returns the files. */
export async function writePages(counted: Counted, terms: Terms): Promise<string[]> {
  const { date, commit, machine, node, count } = counted
  const head = `Counted on ${date.slice(0, 10)} at commit ${commit}: ${machine}, Node ${node}.`
  const picture = '![Dollars for a million messages and for 1,000 idle connections, by component](cost.svg)'
  const told = [verdictOf(count, terms), picture, ...sections(tablesOf(counted, terms)), ...sections(termTables(terms))]
  const people = Object.entries(behaviour).map(([name, value]) => `${name} ${value}`)
  const scale = [
    `Assumed behaviour: ${people.join(', ')}.`,
    ...sections(scaleTables(crowds, counted, terms)),
    ...sections(intervalTable(counted, terms)),
    linksOf(scaleOf(1_000, count, terms)),
  ]
  await writeFile(join(docs, 'cost.svg'), pictureOf(count, terms))
  return [await render('cost.md', [head, ...told]), await render('scale.md', [head, ...scale])]
}

/** Whether the goal holds: at most so many dollars for a million messages. */
export function verdictOf(count: Count, terms: Terms): string {
  const sums = count.walks.map((walk) => ({ walk, usd: total(messageLines(walk, count, terms)) }))
  const told = sums.map(({ walk, usd }) => `$${usd.toFixed(2)} in batches of ${walk.size}`).join(', ')
  const judged = sums.filter(({ walk }) => walk.size >= 4)
  const isMet = judged.every(({ usd }) => usd <= goal)
  const { messages, meteredIn, meteredOut } = count.edge
  return [
    `Through the edge, ${messages} messages were ${meteredIn} of the gateway's in and ${meteredOut} out.`,
    `A million messages: ${told}. The goal, at most $${goal} from batches of 4 on, is **${isMet ? 'met' : 'missed'}**.`,
    ...judged.slice(0, 1).map(({ walk }) => ecpusAllowed(walk, count, terms)),
  ].join(' ')
}

/** ECPUs are the least certain part of the sum, so their upper bound is told, too. */
function ecpusAllowed(walk: Walk, count: Count, terms: Terms): string {
  const rest = total(messageLines(walk, count, terms).filter(({ component }) => component !== 'Valkey'))
  const allowed = (goal - rest) / 1e6 / terms.prices.ecpu.usd
  const [counted, most] = [terms.assumptions.ecpuMicroseconds, count.simpleMicroseconds].map(
    (unit) => ecpusOfWalk(walk, unit) / walk.messages,
  )
  const assumptions = { ...terms.assumptions, ecpuMicroseconds: count.simpleMicroseconds }
  const dearest = total(messageLines(walk, count, { ...terms, assumptions }))
  return [
    `In batches of ${walk.size} it leaves room for ${numeral(allowed)} ECPUs a message; ${numeral(counted ?? 0)} were counted.`,
    `At most they are ${numeral(most ?? 0)}, with a unit for each ${numeral(count.simpleMicroseconds)} µs, the time of a \`GET\` here without its socket: then the sum is $${dearest.toFixed(2)}.`,
  ].join(' ')
}

async function render(name: string, parts: readonly string[]): Promise<string> {
  const file = join(docs, name)
  const page = await readFile(file, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${file} has no place for the figures: ${begin} … ${end}`)
  await writeFile(file, `${page.slice(0, from + begin.length)}\n${parts.join('\n\n')}\n${page.slice(to)}`)
  return file
}

const sections = (tables: Map<string, Row[]>): string[] =>
  [...tables].map(([title, rows]) => `### ${title}\n\n${markdownTable(rows)}`)

function countedRows(count: Count, terms: Terms): Row[] {
  const figures = (walk: Walk): Record<string, number> => {
    const { accept, read, store, messages } = walk
    const { database } = store.counts
    const { accept: acceptMs, store: storeMs } = billed(walk, terms)
    const each = (total: number): number => total / messages
    return {
      'socketMessage: invocations': each(accept.calls),
      '… wall ms here': accept.timing.wallMs,
      '… of which CPU ms': accept.timing.cpuMs,
      '… billed ms': acceptMs,
      'streamPersist: invocations': each(store.calls),
      '… wall ms of a batch here': store.timing.wallMs,
      '… of which CPU ms (batch)': store.timing.cpuMs,
      '… billed ms of a batch': storeMs,
      'gateway: frames in': each(accept.meteredIn),
      'gateway: route responses': each(accept.meteredOut),
      'gateway: posts': each(store.counts.posts.metered),
      'bytes posted': each(store.counts.posts.bytes),
      'Kafka: bytes in': each(accept.counts.kafka.bytesIn),
      'Kafka: bytes kept, three replicas': each(accept.counts.kafka.bytesIn * terms.assumptions.kafkaReplicas),
      'Kafka: bytes out': each(read.bytesOut),
      'MySQL: statements': each(database.statements),
      'MySQL: commits': each(database.commits),
      'MySQL: CPU ms': each(database.cpuMs),
      'InnoDB: bytes of log': each(database.logBytes),
      'InnoDB: data writes here': each(database.dataWrites),
      'InnoDB: pages written here': each(database.pagesWritten),
      'Aurora: I/Os, estimated': each(logWrites(database.logBytes, database.commits)) * terms.assumptions.ioFactor,
      'Redis: commands sent': each(sum([accept, store].map((step) => sentTo(step, ({ calls }) => calls)))),
      'Redis: µs of the server': each(
        sum([accept, store].map((step) => sentTo(step, ({ microseconds }) => microseconds))),
      ),
      'Redis: KB both ways': each(accept.counts.redis.bytes + store.counts.redis.bytes) / 1_024,
      'Redis: ECPUs': each(ecpusOfWalk(walk, terms.assumptions.ecpuMicroseconds)),
      'Redis: ECPUs, at most': each(ecpusOfWalk(walk, count.simpleMicroseconds)),
      'log: bytes': each(accept.counts.log.bytes + store.counts.log.bytes),
    }
  }
  return columns(
    'for one message',
    count.walks.map((walk) => [`batches of ${walk.size}`, figures(walk)]),
    numeral,
  )
}

function dollarRows(count: Count, terms: Terms): Row[] {
  const byWalk = count.walks.map((walk): [string, Record<string, number>] => {
    const lines = messageLines(walk, count, terms)
    const entries = lines.map(({ component, what, usd }): [string, number] => [`${component}: ${what}`, usd])
    return [`batches of ${walk.size}`, { ...Object.fromEntries(entries), sum: total(lines) }]
  })
  return columns('', byWalk, dollars)
}

/** Each is posted to all who are online, so that is what a group costs. */
function groupRows(count: Count, terms: Terms): Row[] {
  const walk = count.walks.find(({ size }) => size === 4)
  return [2, 5, 50, 500].map((online) => {
    const lines = walk ? groupLines(online, walk, count, terms) : []
    const posts = total(lines.filter(({ what }) => what.startsWith('posts')))
    return {
      'members online': numeral(online),
      'API Gateway: posts': dollars(posts),
      'all else': dollars(total(lines) - posts),
      sum: dollars(total(lines)),
    }
  })
}

function idleRows(count: Count, terms: Terms): Row[] {
  return intervals.map((everySeconds) => {
    const of = (hasPong: boolean): Line[] => idleLines({ everySeconds, hasPong }, count, terms)
    const components = [...byComponent(of(false))].map(([component, usd]) => [component, dollars(usd)])
    return {
      'a heartbeat each': `${everySeconds} s`,
      'frames an hour of one': numeral(idleHour({ everySeconds }, count, terms).beats),
      ...Object.fromEntries(components),
      sum: dollars(total(of(false))),
      'with pongs': dollars(total(of(true))),
    }
  })
}

function stageRows(terms: Terms): Row[] {
  const aMonth = [...stageLines(terms.assumptions.monthHours, terms)]
  const anHour = stageLines(1, terms)
  const byStage = aMonth.map(([stage, lines]): [string, Record<string, number>] => {
    const parts = Object.fromEntries(byComponent(lines))
    return [stage, { ...parts, 'sum of a month': total(lines), 'sum of an hour': total(anHour.get(stage) ?? []) }]
  })
  const rows = columns('', byStage, dollars)
  return [...rows.filter((row) => !row['']?.startsWith('sum')), ...rows.filter((row) => row['']?.startsWith('sum'))]
}

function termTables({ prices, assumptions }: Terms): Map<string, Row[]> {
  const priceRows = Object.entries(prices).map(([name, { usd, per, date, url, isUnverified }]) => ({
    name: `\`${name}\``,
    $: String(Number(usd.toPrecision(6))),
    for: per,
    read: `${date}${isUnverified ? ', **not verified**' : ''}`,
    source: url && `[${new URL(url).hostname}](${url})`,
  }))
  const assumptionRows = Object.entries(assumptions).map(([name, value]) => ({
    name: `\`${name}\``,
    value: numeral(value),
  }))
  return new Map<string, Row[]>([
    ['Prices', priceRows],
    ['Assumptions', assumptionRows],
  ])
}

const byName = (scales: readonly Scale[], of: (scale: Scale) => Record<string, number>): Row[] =>
  columns(
    'people',
    scales.map((scale) => [scale.people.toLocaleString('en'), of(scale)]),
    numeral,
  )

function limitRows(scales: readonly Scale[]): Row[] {
  const ordered = [...(scales.at(-1)?.limits ?? [])]
  return ordered.map(({ name, kind, limit, people }) => ({
    limit: name,
    'who sets it': { setting: 'our stack', quota: 'AWS, on request', fixed: 'nobody' }[kind],
    'is at': numeral(limit),
    ...Object.fromEntries(
      scales.map((scale) => {
        const { need } = scale.limits.find((each) => each.name === name) ?? { need: 0 }
        return [scale.people.toLocaleString('en'), need > limit ? `**${numeral(need)}**` : numeral(need)]
      }),
    ),
    'is reached by': `${numeral(people / 1e6)} million people`,
  }))
}

function linksOf({ limits }: Scale): string {
  const cited = limits.filter(({ url }) => url)
  return `Limits of AWS are cited from: ${cited.map(({ name, url }) => `[${name}](${url})`).join(', ')}.`
}

/** A row for each name, a column for each title. */
function columns(
  corner: string,
  of: readonly (readonly [title: string, figures: Record<string, number>])[],
  shown: (value: number) => string,
): Row[] {
  const names = [...new Set(of.flatMap(([, figures]) => Object.keys(figures)))]
  return names.map((name) => ({
    [corner]: name,
    ...Object.fromEntries(
      of.map(([title, figures]) => [title, figures[name] === undefined ? '' : shown(figures[name])]),
    ),
  }))
}

const numeral = (value: number): string => round(value).toLocaleString('en', { maximumFractionDigits: 4 })
const sentTo = ({ counts }: Step, of: (commands: RedisCommands) => number): number =>
  sum(Object.values(counts.redis.commands).map(of))
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
