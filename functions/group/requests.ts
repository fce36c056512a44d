import { endpoint } from '../../lib/entry/http.ts'

/** GET /api/group/requests: there are no groups yet; clients load this together with the friends' requests. */
export const handler = endpoint({}, async () => [])
