import { endpoint } from '../../lib/entry/http.ts'

/** GET /api/group/my-groups: there are no groups yet; clients load this together with the friends. */
export const handler = endpoint({}, async () => [])
