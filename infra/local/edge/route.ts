/** The routes of both APIs, as the functions' events name them. */

/** A function's events as serverless.yml gives them; every other kind of event has neither of the two names. */
type FunctionEvent = {
  httpApi?: string | { method?: string; path?: string }
  websocket?: string | SocketEvent
}

type SocketEvent = {
  route?: string
  authorizer?: string | { name?: string }
  /** With `$default`, the function's answer to a frame is sent to the viewer. */
  routeResponseSelectionExpression?: string
}

export type FunctionDefinition = { name?: string; handler?: string; events?: readonly FunctionEvent[] }

export type Functions = Readonly<Record<string, FunctionDefinition>>

/** The route of all requests that no other route matches. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
export const defaultRoute = '$default'

/** The names of the functions of the WebSocket API. Without a function for `$connect` everyone is admitted. */
export type SocketRoutes = Partial<Record<'authorizer' | '$connect' | '$default' | '$disconnect', string>> & {
  isAnswering: boolean
}

/**
 * From the key of each route, such as `GET /api/health`, to the name of its function.
 *
 * @throws Error naming the route - when it is a pattern: paths here are compared as they are.
 */
export function httpRoutes(functions: Functions): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(functions).flatMap(([name, { events = [] }]) =>
      events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : [[keyOf(httpApi), name] as const])),
    ),
  )
}

function keyOf(event: string | { method?: string; path?: string }): string {
  const key = typeof event === 'string' ? event : `${event.method} ${event.path}`
  if (/^\*( \*)?$/.test(key)) return defaultRoute
  if (/^[A-Z]+ \/[^{}*]*$/.test(key) && !key.startsWith('ANY ')) return key
  throw new Error(`The edge has no route for patterns such as ${key}: name one method and a path without parameters.`)
}

/** @throws Error naming the route - when frames are to choose one by what they say: here all go to `$default`. */
export function socketRoutes(functions: Functions): SocketRoutes {
  const routes: SocketRoutes = { isAnswering: false }
  for (const [name, { events = [] }] of Object.entries(functions)) {
    for (const { websocket } of events) {
      if (websocket === undefined) continue
      const { route, authorizer, routeResponseSelectionExpression }: SocketEvent =
        typeof websocket === 'string' ? { route: websocket } : websocket
      if (route !== '$connect' && route !== '$default' && route !== '$disconnect') {
        throw new Error(`The edge has no route for frames such as ${route}: let the function of $default choose.`)
      }
      routes[route] = name
      if (route === '$connect') routes.authorizer = typeof authorizer === 'object' ? authorizer.name : authorizer
      if (route === '$default') routes.isAnswering = routeResponseSelectionExpression === '$default'
    }
  }
  return routes
}

/** The same functions without the events that the edge makes itself. */
export function withoutRoutes<Definition extends FunctionDefinition>(
  functions: Readonly<Record<string, Definition>>,
): Record<string, Definition> {
  const isElsewhere = ({ httpApi, websocket }: FunctionEvent) => httpApi === undefined && websocket === undefined
  return Object.fromEntries(
    Object.entries(functions).map(([name, definition]) => [
      name,
      { ...definition, events: definition.events?.filter(isElsewhere) ?? [] },
    ]),
  )
}
