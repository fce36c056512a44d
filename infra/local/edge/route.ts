/** The routes of both APIs, as the functions' events name them. */
import type { Functions } from './handler.ts'

/** What all goes to that no other route takes. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html */
export const defaultRoute = '$default'

/** The names of the functions that have routes. */
export function routedFunctions(functions: Functions): string[] {
  return Object.keys(functions).filter((name) => functions[name]?.events?.some(({ httpApi }) => httpApi !== undefined))
}

/**
 * The keys of all routes, such as `GET /api/health`.
 *
 * @throws Error naming the route - when it is a pattern: paths here are compared as they are.
 */
export function routeKeys(functions: Functions): ReadonlySet<string> {
  const events = Object.values(functions).flatMap(({ events }) => events ?? [])
  return new Set(events.flatMap(({ httpApi }) => (httpApi === undefined ? [] : keyOf(httpApi))))
}

function keyOf(event: string | { method?: string; path?: string }): string {
  const key = typeof event === 'string' ? event : `${event.method} ${event.path}`
  if (/^\*( \*)?$/.test(key)) return defaultRoute
  if (/^[A-Z]+ \/[^{}*]*$/.test(key) && !key.startsWith('ANY ')) return key
  throw new Error(`The edge has no route for patterns such as ${key}: name one method and a path without parameters.`)
}

/** Whether the WebSocket API has routes for frames besides its catch-all. */
export function hasFrameRoutes(functions: Functions): boolean {
  const events = Object.values(functions).flatMap(({ events }) => events ?? [])
  const routes = events.map(({ websocket }) => (typeof websocket === 'object' ? websocket.route : websocket))
  return routes.some((route) => route !== undefined && !route.startsWith('$'))
}

/**
 * The selection expression for an API without such routes: the parent of the parent of what was selected, which is never
 * a text. serverless-offline would take a frame that names `$disconnect` to the function of that name.
 */
export const selectsNothing = '$request.body.route^^'
