/** Batches of the event source mapping. */
import type { MSKEvent } from 'aws-lambda'
import { afterEach, expect, it, vi } from 'vitest'
import * as z from 'zod/mini'
import { records } from '../../lib/entry/stream.ts'
import { errorLines, lambda } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const batch = (...values: (string | undefined)[]): MSKEvent => {
  const common = { topic: 't', partition: 0, timestamp: 0, timestampType: 'CREATE_TIME', headers: [] } as const
  const partition = values.map((value, offset) => ({
    ...common,
    offset,
    key: base64('k'),
    value: value && base64(value),
  }))
  return { records: { 't-0': partition } } as unknown as MSKEvent
}

it('is decoded record by record, including invalid ones, and committed as a whole', async () => {
  const run = vi.fn(async () => {})
  const handler = records(z.object({ x: z.number() }), run)
  expect(await handler(batch('{"x":1}', '{"x":"1"}', 'no JSON', undefined), lambda)).toEqual({ batchItemFailures: [] })
  const place = { topic: 't', partition: 0, timestamp: 0, key: Buffer.from('k') }
  expect(run).toHaveBeenCalledExactlyOnceWith(
    [
      { ...place, offset: 0, payload: Buffer.from('{"x":1}'), value: { x: 1 } },
      { ...place, offset: 1, payload: Buffer.from('{"x":"1"}'), value: undefined },
      { ...place, offset: 2, payload: Buffer.from('no JSON'), value: undefined },
      { ...place, offset: 3, payload: Buffer.from(''), value: undefined },
    ],
    expect.any(Number),
  )
})

it('is delivered again if its work fails, which is logged', async () => {
  const lines = errorLines()
  const handler = records(z.object({}), () => Promise.reject(new Error('away')))
  await expect(handler(batch('{}'), lambda)).rejects.toThrow('away')
  expect(lines).toEqual([expect.objectContaining({ msg: 'batch failed', request_id: 'r-1' })])
})
