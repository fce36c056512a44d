import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import { redis } from '../../lib/client/redis.ts'
import { openStorageWhenNeeded as openStorage } from '../../lib/client/storage-when-needed.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as group from '../../lib/service/group/group.ts'
import { useAvatar } from '../../lib/service/media/when-needed.ts'
import { NewGroup } from '../../lib/wire/group.ts'

/** POST /api/group/create: creates a group, owned by whoever asks. */
export const handler = endpoint({ body: NewGroup, limit: 'groups' }, async ({ caller, language, body }) => {
  await useAvatar({ db, openStorage }, caller.userId, body.icon, true)
  return await group.create({ db, redis, gateway, slices }, { userId: caller.userId, language }, body)
})
