import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { passwords } from '../../lib/client/passwords.ts'
import { redis } from '../../lib/client/redis.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as user from '../../lib/service/account/user.ts'
import { PasswordChange } from '../../lib/wire/user.ts'

/** POST /api/user/password/update: changes the password and ends all other sessions. */
export const handler = endpoint(
  { body: PasswordChange, event: 'authn_password_change' },
  ({ caller, body, address, device }) =>
    user.changePassword({ db, redis, gateway, signingKey, passwords }, caller, body, address, device),
)
