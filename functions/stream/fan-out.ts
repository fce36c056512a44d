import { deadLetters } from '../../lib/client/dead-letter-topic-when-needed.ts'
import { gateway } from '../../lib/client/gateway.ts'
import { redis } from '../../lib/client/redis.ts'
import { records } from '../../lib/entry/stream.ts'
import { fanOut } from '../../lib/service/connection/fan-out.ts'
import { SliceRecord } from '../../lib/wire/record.ts'

/** Posts what is pushed to very many: the slices that the consumer of messages has written. */
export const handler = records(SliceRecord, (delivered) => fanOut({ redis, gateway, deadLetters }, delivered))
