/** Alarms, dashboard and the operator's handbook speak of the same things. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { type Reason, textOf } from '../../lib/core/refusal.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const folder = 'infra/resources'

/** CloudFormation's short forms stay what is written behind them. */
const customTags = ['Ref', 'Sub', 'GetAtt', 'If', 'Not', 'Equals', 'ImportValue'].flatMap((name) => [
  { tag: `!${name}`, resolve: (text: string) => text },
  { tag: `!${name}`, collection: 'seq' as const, resolve: (list: { toJSON(): unknown }) => list.toJSON() },
])

const Resources = z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) }))
const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.yml'))
const resources = files.flatMap((file) => {
  const { Resources: found = {} } = parse(read(join(folder, file)), { customTags })
  return Object.entries(Resources.parse(found))
})
const alarms = new Map(
  resources.flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::CloudWatch::Alarm' ? [[id.replace(/Alarm$/, ''), Properties] as const] : [],
  ),
)
const [dashboard = ''] = resources.flatMap(([, { Type, Properties }]) =>
  Type === 'AWS::CloudWatch::Dashboard' ? [z.string().parse(Properties.DashboardBody)] : [],
)

const handbook = read('docs/operations.md')
const [, chapter = ''] = handbook.split(/^## Alarms$/m)
const entries = chapter
  .split(/^### /m)
  .slice(1)
  .map((entry) => [entry.split('\n')[0] ?? '', entry] as const)

const [, units = ''] = /const units = \{\n(.*?)\n\}/s.exec(read('lib/core/metric.ts')) ?? []
const metrics = [...units.matchAll(/^ {2}(\w+):/gm)].map(([, name = '']) => name)

describe('an alarm', () => {
  it('has its entry in the handbook, and every entry its alarm', () => {
    expect(alarms.size).toBeGreaterThan(15)
    expect(entries.map(([name]) => name).sort()).toEqual([...alarms.keys()].sort())
  })

  it.each(entries)('is explained: %s', (_name, entry) => {
    expect([...entry.matchAll(/^- \*\*([\w ]+)\*\*: \S/gm)].map(([, part]) => part)).toEqual(['Means', 'Look at', 'Do'])
  })

  it.each([...alarms])('is called as its entry, and tells somebody: %s', (name, alarm) => {
    expect(alarm).toMatchObject({
      AlarmName: `gochat-\${sls:stage}-${name}`,
      AlarmDescription: expect.stringMatching(/\.$/),
      AlarmActions: ['AlarmTopic'],
      OKActions: ['AlarmTopic'],
      TreatMissingData: 'notBreaching',
    })
  })

  it('says why its threshold is what it is', () => {
    const blocks = files.flatMap((file) => read(join(folder, file)).split(/^ {2}(?=\w+:$)/m))
    const untold = blocks.filter((block) => /Type: AWS::CloudWatch::Alarm/.test(block) && !/^ {6}# \S/m.test(block))
    expect(untold).toEqual([])
  })

  it('is on a metric that is written, if that is one of ours', () => {
    const own = [...alarms.values()].flatMap((alarm) => metricsIn(alarm))
    expect(own).toContainEqual(['gochat', 'PostsRefused'])
    for (const [namespace, name] of own) {
      if (namespace === 'gochat') expect(metrics).toContain(name)
      // Throws if there is no such reason.
      if (namespace === 'gochat/refusals') expect(textOf(name as Reason, 'en')).toBeDefined()
    }
  })
})

describe('the dashboard', () => {
  const { widgets } = z.object({ widgets: z.array(z.unknown()) }).parse(JSON.parse(dashboard))
  const text = JSON.stringify(widgets)

  it('shows every alarm', () => {
    const shown = [...text.matchAll(/:alarm:gochat-\$\{sls:stage\}-(\w+)"/g)].map(([, name]) => name)
    expect(shown.sort()).toEqual([...alarms.keys()].sort())
  })

  it('shows every metric of ours, which the handbook explains', () => {
    expect(metrics.length).toBeGreaterThan(5)
    for (const name of metrics) expect(text).toContain(`["gochat","${name}","stage","\${sls:stage}"`)
    expect([...chapterOf('Metrics').matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name)).toEqual(metrics)
  })
})

it('the trail has every event of the code, in the handbook', () => {
  const [, union = ''] = /export type SecurityEvent =\n(.*?)\n\n/s.exec(read('lib/entry/middleware/trail.ts')) ?? []
  const events = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name)
  expect(events.length).toBeGreaterThan(5)
  expect([...chapterOf('Trail').matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name)).toEqual(events)
})

/** A chapter of the handbook, up to the next one. */
function chapterOf(heading: string): string {
  const [, text = ''] = handbook.split(new RegExp(`^## ${heading}$`, 'm'))
  return text.split(/^## /m)[0] ?? ''
}

/** Namespace and name of each metric in an alarm. */
function metricsIn(value: unknown): [unknown, unknown][] {
  if (typeof value !== 'object' || value === null) return []
  const own =
    'MetricName' in value && 'Namespace' in value ? [[value.Namespace, value.MetricName] as [unknown, unknown]] : []
  return [...own, ...Object.values(value).flatMap(metricsIn)]
}
