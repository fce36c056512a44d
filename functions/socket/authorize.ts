import { authorizer } from '../../lib/entry/authorizer.ts'

/** The authorizer of `$connect`: allows clients whose token belongs to an active session. */
export const handler = authorizer()
