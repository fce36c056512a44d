/** The Kafka topics that serverless.yml names. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const Configuration = z.object({
  custom: z.object({ messageTopic: z.string(), fanOutTopic: z.string(), deadLetterTopic: z.string() }),
})

/** A conversation is always in one partition; two partitions are consumed in parallel, in batches worth a transaction, and four of slices. */
export function readTopics(): { name: string; partitions: number }[] {
  const text = readFileSync(join(import.meta.dirname, '../../serverless.yml'), 'utf8')
  const { custom } = Configuration.parse(parse(text))
  return [
    { name: custom.messageTopic, partitions: 2 },
    { name: custom.fanOutTopic, partitions: 4 },
    { name: custom.deadLetterTopic, partitions: 1 },
  ]
}
