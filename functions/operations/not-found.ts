import { publicEndpoint } from '../../lib/entry/public.ts'
import * as route from '../../lib/service/operations/not-found.ts'

/** The catch-all route: refuses an unknown path or a wrong method. */
export const handler = publicEndpoint({}, ({ path }) => route.refuseUnknown(path))
