import { authorizer } from '../../lib/entry/authorizer.ts'

/** The authorizer of `$connect`: admits a client whose token's session stands. */
export const handler = authorizer()
