/** Events in the form of the gateway, and a stack of hooks to pass them through. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { vi } from 'vitest'
import { stack } from '../../lib/entry/stack.ts'

export const lambda = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 10_000 } as Context

export const request = (given: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 =>
  ({ headers: {}, rawPath: '/api/things', isBase64Encoded: false, ...given }) as APIGatewayProxyEventV2

/** Runs `hooks` around `work`, which receives the event with what they added, and returns the response. */
export const through = <Event>(
  hooks: MiddlewareObj<Event>[],
  event: unknown,
  work: (event: Event) => Promise<unknown> = async (extended) => extended,
): Promise<unknown> => stack<Event, Event, unknown>(() => ({}), hooks, work)(event as Event, lambda)

/** Collects the lines that are logged as errors from now on. */
export function errorLines(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    const line = JSON.parse(String(text))
    if (line.level === 'error') lines.push(line)
    return true
  })
  return lines
}
