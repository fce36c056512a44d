/** Events as the gateway makes them, and a run of hooks around some work. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda'
import { vi } from 'vitest'
import { stack } from '../../lib/entry/stack.ts'

export const lambda = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 10_000 } as Context

export const request = (given: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 =>
  ({ headers: {}, rawPath: '/api/things', isBase64Encoded: false, ...given }) as APIGatewayProxyEventV2

/** What comes out of hooks around `work`, which gets the event as they leave it. */
export const through = <Event>(
  hooks: MiddlewareObj<Event>[],
  event: unknown,
  work: (event: Event) => Promise<unknown> = async (made) => made,
): Promise<unknown> => stack<Event, Event, unknown>(() => ({}), hooks, work)(event as Event, lambda)

/** The lines that are logged as errors from now on, each as it was written. */
export function errorLines(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = []
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(JSON.parse(line)))
  return lines
}
