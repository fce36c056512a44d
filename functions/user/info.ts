import { endpoint } from '../../lib/entry/http.ts'
import * as user from '../../lib/service/account/user.ts'

/** GET /api/user/info: returns the caller's id and username. */
export const handler = endpoint({}, ({ caller }) => user.identify(caller))
