/** Object storage that refuses everything for a while. Messages pass meanwhile, and files later. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './fault.ts'

const refusingMs = 4_000

export const storageFaults: readonly Fault[] = [
  {
    name: 'S3 answers 503',
    pauseMs: 1_000,
    async inject({ stage, during, injected, recovered }) {
      let requests = 0
      await during('taken', async () => {
        stage.network.files.refuse(() => {
          requests += 1
        })
        await sleep(refusingMs)
        stage.network.files.refuse(undefined)
      })
      if (requests > 0) injected()
      recovered()
    },
    restore: ({ network }) => network.files.refuse(undefined),
  },
]
