/** The topic of what is pushed to very many. */
import { config } from '../core/config.ts'
import { RecordProducer } from './kafka.ts'

export const slices = new RecordProducer(config.kafkaBrokers, config.fanOutTopic)
