/** The faults, each injected on the real servers while people talk, and each counting how often it struck. */

import type { Fault } from './episode.ts'
import { consumerFaults } from './fault-consumer.ts'
import { crowdFaults } from './fault-crowd.ts'
import { friendshipFaults } from './fault-friendship.ts'
import { gatewayFaults } from './fault-gateway.ts'
import { serverFaults } from './fault-server.ts'

/** A workload that is left alone, but for what its own clients do: leave, come back, cut frames, send again. */
const none: Fault = {
  name: 'none',
  pauseMs: 0,
  async inject({ struck }) {
    struck()
  },
}

export const faults: readonly Fault[] = [
  none,
  ...serverFaults,
  ...crowdFaults,
  ...consumerFaults,
  ...friendshipFaults,
  ...gatewayFaults,
]
