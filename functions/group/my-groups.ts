import { endpoint } from '../../lib/entry/http.ts'

/** GET /api/group/my-groups: always empty, since groups cannot be created yet; clients load it with the friend list. */
export const handler = endpoint({}, async () => [])
