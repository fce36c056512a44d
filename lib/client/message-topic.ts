/** The topic of messages on their way to be stored. */
import { config } from '../core/config.ts'
import { RecordProducer } from './kafka.ts'

export const messages = new RecordProducer(config.kafkaBrokers, config.messageTopic)
