/** The end of a workload: waits until nothing is on its way to a device any longer. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Device } from './device.ts'
import type { Recording } from './recording.ts'
import { conversationOf } from './target.ts'

// A batch has 5 s for its posts; a device that was away comes back, and asks after a pause for what it was refused.
const completeWithinMs = 15_000
// Marks are not answered.
const marksWithinMs = 500

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
  // Whoever waits before the next attempt connects now.
  for (const device of devices) if (!device.isOpen) device.start()
  const deadline = Date.now() + completeWithinMs
  for (let round = 0; round < 2 || (devices.some(isBehind) && Date.now() < deadline); round++) {
    await Promise.all(devices.map((device) => device.ping(2_000)))
    await sleep(150)
  }
  for (const device of devices) {
    for (const [target, view] of device.views) device.log.beforeLastSync.set(target, view.all())
  }
}

/** Each device starts again: with what it has kept, and what it asks for, it has to have everything. */
export async function startAgain(devices: readonly Device[]): Promise<void> {
  for (const device of devices) device.restart()
  const isComplete = (device: Device): boolean => device.isOpen && !device.isSyncing && device.waiting() === 0
  const deadline = Date.now() + completeWithinMs
  // Between two requests of a device there is a moment without any.
  for (let looks = 0; looks < 3 && Date.now() < deadline; await sleep(50)) {
    looks = devices.every(isComplete) ? looks + 1 : 0
  }
  await sleep(marksWithinMs)
}
