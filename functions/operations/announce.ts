import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { command } from '../../lib/entry/task.ts'
import { announceUntil } from '../../lib/service/contact/announcement.ts'
import { Announcing } from '../../lib/wire/announcement.ts'

/** Every minute, for nearly all of it: tells friends who has come online, and who has gone. */
export const handler = command('announce', Announcing, ({ seconds }) =>
  announceUntil({ db, redis, gateway }, Date.now() + seconds * 1_000),
)
