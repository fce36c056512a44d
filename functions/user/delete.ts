import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { passwords } from '../../lib/client/passwords.ts'
import { redis } from '../../lib/client/redis.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as deletion from '../../lib/service/personal-data/deletion.ts'
import { AccountDeletion } from '../../lib/wire/user.ts'

/** POST /api/user/delete: deletes the caller's account. */
export const handler = endpoint({ body: AccountDeletion, event: 'user_deleted' }, ({ caller, body, address }) =>
  deletion.remove({ db, redis, gateway, slices, passwords }, caller, body, address),
)
