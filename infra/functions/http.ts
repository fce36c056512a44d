/** The functions of the HTTP API, made from the table of routes: the path of a route names its handler. */
import { routes } from '../../lib/wire/route.ts'

/** To give a function other settings than the defaults, name it in a .yml file of this folder: the framework merges the two. */
interface HttpFunction {
  handler: string
  events: { httpApi: string }[]
}

/** Handlers that are not named by the path: of the catch-all, of operations, and of several routes. */
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

/** By name, in the form that the framework expects. */
export const functions: Record<string, HttpFunction> = Object.fromEntries(
  Object.entries(routesOf).map(([handler, keys = []]) => [
    nameOf(handler),
    { handler: `functions/${handler}.handler`, events: keys.map((httpApi) => ({ httpApi })) },
  ]),
)
