/** Metrics as log lines, in CloudWatch's embedded metric format: they need no client and no call. */
import { config } from './config.ts'
import { writeLine } from './log.ts'

/** Adds `count` to a metric of this stage. */
export function count(metric: 'DeadLetters', count: number): void {
  writeLine({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: 'gochat', Dimensions: [['stage']], Metrics: [{ Name: metric, Unit: 'Count' }] }],
    },
    stage: config.stage,
    [metric]: count,
  })
}
