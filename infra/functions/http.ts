/** The functions of the HTTP API, from the table of routes: a route's path names its handler. */
import { routes } from '../../lib/wire/route.ts'

/** Settings beyond the defaults of serverless.yml stand in a .yml file, under the same name: the framework merges the two. */
interface HttpFunction {
  handler: string
  events: { httpApi: string }[]
}

/** Handlers that the path does not name: of the catch-all, of operations, and those that serve two routes. */
const exceptions: Record<string, string> = {
  '*': 'operations/not-found',
  'GET /api/health': 'operations/health',
  'PUT /api/user/profile': 'user/update-profile',
  'POST /api/user/info/update': 'user/update-profile',
  'POST /api/user/password/update': 'user/update-password',
}

/** `GET /api/friend/block/list` → `friend/block-list` */
function handlerOf(route: string): string {
  const [noun, ...verb] = route.replace(/^.* \/api\//, '').split('/')
  return exceptions[route] ?? `${noun}/${verb.join('-')}`
}

/** `friend/block-list` → `friendBlockList` */
export const nameOf = (handler: string): string =>
  handler.replace(/[/-](.)/g, (_, letter: string) => letter.toUpperCase())

const routesOf = Object.groupBy([...Object.keys(routes), '*'], handlerOf)

/** By name, as the framework takes them. */
export const functions: Record<string, HttpFunction> = Object.fromEntries(
  Object.entries(routesOf).map(([handler, keys = []]) => [
    nameOf(handler),
    { handler: `functions/${handler}.handler`, events: keys.map((httpApi) => ({ httpApi })) },
  ]),
)
