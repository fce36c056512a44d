/** Metrics as log lines, in CloudWatch's embedded metric format: they need no client and no call. */
import { config } from './config.ts'
import { writeLine } from './log.ts'

/** The metrics of the namespace `gochat`, with CloudWatch's units. docs/operations.md explains each. */
const units = {
  BatchSize: 'Count',
  Stored: 'Count',
  Refused: 'Count',
  Lag: 'Milliseconds',
  Pushed: 'Count',
  PostLatency: 'Milliseconds',
  PostsGivenUp: 'Count',
  PostsRefused: 'Count',
  DeadLetters: 'Count',
  FanOutLag: 'Milliseconds',
  Behind: 'Count',
} as const

export type Metric = keyof typeof units
export type Metrics = Partial<Record<Metric, number | readonly number[]>>

// CloudWatch refuses a metric with more values in one line.
const maxValues = 100

/**
 * Writes one line with metrics of this stage. Of a list with more than 100 values, evenly spread ones are kept.
 *
 * Without metrics it writes none. `refusals` are counted by reason, in the namespace `gochat/refusals`: as a dimension, each reason would need its own line.
 */
export function put(metrics: Metrics, refusals: Readonly<Record<string, number>> = {}): void {
  const names = Object.keys(metrics) as Metric[]
  const directives = [
    ...directive(
      'gochat',
      names.map((Name) => ({ Name, Unit: units[Name] })),
    ),
    ...directive(
      'gochat/refusals',
      Object.keys(refusals).map((Name) => ({ Name, Unit: 'Count' })),
    ),
  ]
  if (directives.length === 0) return
  writeLine({
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: directives },
    stage: config.stage,
    ...Object.fromEntries(names.map((name) => [name, spread(metrics[name])])),
    ...refusals,
  })
}

const directive = (Namespace: string, Metrics: readonly { Name: string; Unit: string }[]) =>
  Metrics.length === 0 ? [] : [{ Namespace, Dimensions: [['stage']], Metrics }]

function spread(values: Metrics[Metric]): Metrics[Metric] {
  if (!Array.isArray(values) || values.length <= maxValues) return values
  return Array.from({ length: maxValues }, (_, index) => values[Math.floor((index * values.length) / maxValues)])
}
