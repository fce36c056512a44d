/** The faults, each injected on the real servers while people talk, and each counting how often it happened. */
import type { Fault } from './fault.ts'
import { consumerFaults } from './fault-consumer.ts'
import { friendshipFaults } from './fault-friendship.ts'
import { gatewayFaults } from './fault-gateway.ts'
import { presenceFaults } from './fault-presence.ts'
import { serverFaults } from './fault-server.ts'

/** A workload that is left alone, but for what its own clients do: leave, come back, cut frames, send again. */
const none: Fault = {
  name: 'none',
  pauseMs: 1_000,
  async inject({ injected }) {
    injected()
  },
}

export const faults: readonly Fault[] = [
  none,
  ...serverFaults,
  ...presenceFaults,
  ...consumerFaults,
  ...friendshipFaults,
  ...gatewayFaults,
]
