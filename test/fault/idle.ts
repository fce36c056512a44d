/** The end of a workload: waits until nothing is on its way to a device any longer. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Device } from './device.ts'
import type { Recording } from './recording.ts'
import { conversationOf } from './target.ts'

/**
 * Waits for late pushes and for the syncs that devices were told to make. A device is told in the answer to its next
 * frame, so each sends heartbeats meanwhile. What a device lacks after that was missed in silence.
 */
export async function becomeIdle(devices: readonly Device[], { sent }: Recording): Promise<void> {
  const newest = new Map<string, number>()
  for (const { from, to, answers } of sent) {
    for (const answer of answers) {
      if (answer.kind !== 'stored') continue
      const conversation = conversationOf(from, to)
      newest.set(conversation, Math.max(newest.get(conversation) ?? 0, answer.seq))
    }
  }
  const isBehind = (device: Device): boolean =>
    !device.isOpen ||
    device.isSyncing ||
    [...device.views].some(([target, view]) => view.upTo() < (newest.get(conversationOf(device.owner.id, target)) ?? 0))
  // A batch has 5 s for its posts, and a device that was away needs a moment to come back.
  const deadline = Date.now() + 8_000
  for (let round = 0; round < 2 || (devices.some(isBehind) && Date.now() < deadline); round++) {
    await Promise.all(devices.map((device) => device.ping(2_000)))
    await sleep(150)
  }
  for (const device of devices) {
    for (const [target, view] of device.views) device.log.beforeLastSync.set(target, view.all())
  }
}
