import { gateway } from '../../lib/client/gateway.ts'
import { redis } from '../../lib/client/redis.ts'
import { task } from '../../lib/entry/task.ts'
import * as delivery from '../../lib/service/connection/delivery.ts'

/** Before a shutdown: tells every connection to come back a little later. */
export const handler = task('farewell', async () => ({ connections: await delivery.farewell({ redis, gateway }) }))
