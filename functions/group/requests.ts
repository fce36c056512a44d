import { endpoint } from '../../lib/entry/http.ts'

/** GET /api/group/requests: always empty, since groups cannot be created yet; clients load it with the friend requests. */
export const handler = endpoint({}, async () => [])
