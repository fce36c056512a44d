import { db } from '../../lib/client/mysql.ts'
import { passwords } from '../../lib/client/passwords.ts'
import { redis } from '../../lib/client/redis.ts'
import { publicEndpoint } from '../../lib/entry/public.ts'
import * as user from '../../lib/service/account/user.ts'
import { Registration } from '../../lib/wire/user.ts'

/** POST /api/user/register: creates an account. */
export const handler = publicEndpoint(
  { body: Registration, msg: { zh: '注册成功', en: 'Registered' }, event: 'user_created' },
  ({ body, address }) => user.register({ db, redis, passwords }, body, address),
)
