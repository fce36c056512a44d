import { openEndpoint } from '../../lib/entry/http.ts'
import * as route from '../../lib/service/operations/not-found.ts'

/** The catch-all: tells an unknown path from a wrong method. */
export const handler = openEndpoint({}, ({ path }) => route.refuseUnknown(path))
