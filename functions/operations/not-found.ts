import { openEndpoint } from '../../lib/entry/http.ts'
import * as route from '../../lib/service/route.ts'

/** The catch-all: tells an unknown path from a wrong method. */
export const handler = openEndpoint({}, ({ path }) => route.refuseUnknown(path))
