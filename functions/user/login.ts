import { db } from '../../lib/client/mysql.ts'
import { passwords } from '../../lib/client/passwords.ts'
import { redis } from '../../lib/client/redis.ts'
import { signingKey } from '../../lib/client/signing-key.ts'
import { publicEndpoint } from '../../lib/entry/public.ts'
import * as user from '../../lib/service/account/user.ts'
import { Credentials } from '../../lib/wire/user.ts'

/** POST /api/user/login: opens a session. */
export const handler = publicEndpoint(
  { body: Credentials, msg: { zh: '登录成功', en: 'Logged in' }, event: 'authn_login_success' },
  ({ body, address, device }) => user.logIn({ db, redis, signingKey, passwords }, body, address, device),
)
