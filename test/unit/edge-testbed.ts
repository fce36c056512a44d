/** An edge, and functions behind it. */
import { networkInterfaces } from 'node:os'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { onTestFinished } from 'vitest'
import type { Call } from '../../infra/local/edge/call.ts'
import type { Cors } from '../../infra/local/edge/cors.ts'
import { type Edge, type EdgeSettings, startEdge } from '../../infra/local/edge/server.ts'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import type { socketEvent } from '../../infra/local/edge/socket-event.ts'

/** Begins every path of the management API. */
export const edgeSecret = 'secret'

/** Whether this machine has the loopback of IPv6. */
export const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

type Settings = Partial<Omit<EdgeSettings, 'httpApi' | 'limits'>> & {
  call?: Call
  /** Of the HTTP API, each with a function of the same name; by default all goes to its catch-all. */
  routes?: readonly string[]
  cors?: Cors
  limits?: Partial<EdgeSettings['limits']>
}

/** An edge before the given functions, on 127.0.0.1 alone. */
export async function edge({ call, routes = ['$default'], cors, limits, ...settings }: Settings): Promise<Edge> {
  const defaults: EdgeSettings = {
    hosts: ['127.0.0.1'],
    port: 0,
    managementPort: 0,
    secret: edgeSecret,
    httpApi: { routes: new Map(routes.map((route) => [route, route])), cors },
    socketRoutes: {
      authorizer: 'authorize',
      $connect: 'connect',
      $default: 'message',
      $disconnect: 'disconnect',
      isAnswering: true,
    },
    staticFolders: [],
    page: undefined,
    storage: undefined,
    mediaPort: undefined,
    farewell: undefined,
    limits: { ...gatewayLimits, ...limits },
  }
  const started = await startEdge(
    { ...defaults, ...settings },
    call ?? (() => Promise.reject(new Error('no functions'))),
  )
  onTestFinished(started.stop)
  return started
}

/** A function of the HTTP API that remembers the events of its calls. */
export function witness() {
  const seen: APIGatewayProxyEventV2[] = []
  // Only the edge calls it.
  const call = async (_name: string, event: APIGatewayProxyEventV2) => {
    seen.push(event)
    return { statusCode: 200, body: 'seen' }
  }
  return { seen, call: call as Call }
}

/** The bytes of an event's body. */
export function bodyOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
}

type SocketEvent = ReturnType<typeof socketEvent> & {
  body?: string
  headers?: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  queryStringParameters?: Record<string, string>
  multiValueQueryStringParameters?: Record<string, string[]>
}

export type SocketFunctions = Partial<
  Record<'authorize' | 'connect' | 'message' | 'disconnect', (event: SocketEvent) => unknown>
>

/** Functions of the WebSocket API that let in everyone and echo every text, but for those that are given. */
export function socketFunctions(given: SocketFunctions = {}) {
  const events: Record<string, SocketEvent[]> = { authorize: [], connect: [], message: [], disconnect: [] }
  const functions: Required<SocketFunctions> = {
    authorize: () => policy('Allow'),
    connect: () => ({ statusCode: 200 }),
    message: ({ body }) => ({ statusCode: 200, body }),
    disconnect: () => ({ statusCode: 200 }),
    ...given,
  }
  const call = async (name: keyof SocketFunctions, event: SocketEvent) => {
    events[name]?.push(event)
    return await functions[name](event)
  }
  return {
    call: call as Call,
    of: (name: keyof SocketFunctions) => events[name] ?? [],
    received: () => (events.message ?? []).map(({ body }) => body),
  }
}

/** What an authorizer answers. */
export function policy(Effect: 'Allow' | 'Deny', context: object = {}, Resource: string | string[] = '*') {
  return { principalId: 'ada', policyDocument: { Statement: [{ Effect, Resource }] }, context }
}
