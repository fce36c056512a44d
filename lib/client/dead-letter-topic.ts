/** The topic of what can never be stored or posted. */
import { config } from '../core/config.ts'
import { RecordProducer } from './kafka.ts'

export const deadLetters = new RecordProducer(config.kafkaBrokers, config.deadLetterTopic)
