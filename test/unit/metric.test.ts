/** Metrics: one line in CloudWatch's embedded metric format. */
import { afterEach, expect, it, vi } from 'vitest'
import * as metric from '../../lib/core/metric.ts'

afterEach(() => vi.restoreAllMocks())

function linesOf(write: () => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(JSON.parse(String(line))) > 0)
  write()
  return lines
}

it('metrics and refusals by reason are one line, each declared with its unit', () => {
  expect(linesOf(() => metric.put({ BatchSize: 3, Lag: 12, PostLatency: [1, 2] }, { NOT_FRIENDS: 2 }))).toEqual([
    {
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: 'gochat',
            Dimensions: [['stage']],
            Metrics: [
              { Name: 'BatchSize', Unit: 'Count' },
              { Name: 'Lag', Unit: 'Milliseconds' },
              { Name: 'PostLatency', Unit: 'Milliseconds' },
            ],
          },
          { Namespace: 'gochat/refusals', Dimensions: [['stage']], Metrics: [{ Name: 'NOT_FRIENDS', Unit: 'Count' }] },
        ],
      },
      stage: 'local',
      BatchSize: 3,
      Lag: 12,
      PostLatency: [1, 2],
      NOT_FRIENDS: 2,
    },
  ])
})

it('without metrics no line is written', () => {
  expect(linesOf(() => metric.put({}))).toEqual([])
})

it('of more values than CloudWatch takes, a hundred evenly spread ones are kept', () => {
  const values = Array.from({ length: 1000 }, (_, index) => index)
  const [line] = linesOf(() => metric.put({ PostLatency: values }))
  expect(line?.PostLatency).toEqual(values.filter((value) => value % 10 === 0))
})
