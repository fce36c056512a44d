import { slices } from '../../lib/client/fan-out-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql-batch.ts'
import { redis } from '../../lib/client/redis.ts'
import { records } from '../../lib/entry/stream.ts'
import * as consumer from '../../lib/service/message/consume.ts'
import { ChatRecord } from '../../lib/wire/record.ts'

/** The consumer: stores messages, and delivers them to the connections of their recipients. */
export const handler = records(ChatRecord, (delivered, deadline) =>
  consumer.consume({ db, redis, gateway, slices }, delivered, deadline),
)
