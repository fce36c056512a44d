/** All faults, in the order in which they are injected. */
import type { Fault } from './fault.ts'
import { consumerFaults } from './fault-consumer.ts'
import { friendshipFaults } from './fault-friendship.ts'
import { gatewayFaults } from './fault-gateway.ts'
import { presenceFaults } from './fault-presence.ts'
import { serverFaults } from './fault-server.ts'
import { sessionFaults } from './fault-session.ts'
import { silenceFaults } from './fault-silence.ts'
import { storageFaults } from './fault-storage.ts'

/** The baseline: only the clients' own disconnects and resends. */
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
  ...storageFaults,
  ...silenceFaults,
  ...presenceFaults,
  ...sessionFaults,
  ...consumerFaults,
  ...friendshipFaults,
  ...gatewayFaults,
]
