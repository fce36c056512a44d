/** The functions of the HTTP API, made from the table of routes: the path of a route names its handler. */
import { routes } from '../../lib/wire/route.ts'

/** To give a function other settings than the defaults, name it in a .yml file of this folder: the framework merges the two. */
interface HttpFunction {
  handler: string
  /** MB. */
  memorySize?: number
  events: { httpApi: string }[]
}

type Table = Record<string, string>

/** Handlers that are not named by the path: of the catch-all, of operations, and of several routes. */
const exceptions: Table = {
  '*': 'operations/not-found',
  'GET /api/health': 'operations/health',
  'PUT /api/user/profile': 'user/update-profile',
  'POST /api/user/info/update': 'user/update-profile',
  'POST /api/user/password/update': 'user/update-password',
  'POST /api/ws/ticket': 'socket/ticket',
}

/** On a machine everybody may know how the stores are. */
const localExceptions: Table = { ...exceptions, 'GET /api/health': 'operations/check' }

/** Functions that look at pictures, which take four bytes a pixel then: in MB, as much as brings a whole vCPU. */
const drawing: readonly string[] = [
  'media/download',
  'user/avatar',
  'user/update-profile',
  'group/create',
  'group/info-update',
]
const drawingMemory = 1_769

/** `GET /api/friend/block/list` → `friend/block-list` */
function handlerOf(route: string, named: Table): string {
  const [noun, ...verb] = route.replace(/^.* \/api\//, '').split('/')
  return named[route] ?? `${noun}/${verb.join('-')}`
}

/** `friend/block-list` → `friendBlockList` */
export const nameOf = (handler: string): string =>
  handler.replace(/[/-](.)/g, (_, letter: string) => letter.toUpperCase())

/** By name, in the form that the framework expects. */
function functionsBy(named: Table): Record<string, HttpFunction> {
  const routesOf = Object.groupBy([...Object.keys(routes), '*'], (route) => handlerOf(route, named))
  return Object.fromEntries(
    Object.entries(routesOf).map(([handler, keys = []]) => [
      nameOf(handler),
      {
        handler: `functions/${handler}.handler`,
        ...(drawing.includes(handler) && { memorySize: drawingMemory }),
        events: keys.map((httpApi) => ({ httpApi })),
      },
    ]),
  )
}

/** As deployed, and as they run on a machine. */
export const functions = functionsBy(exceptions)
export const localFunctions = functionsBy(localExceptions)
