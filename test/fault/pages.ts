/** Catching up by pages, as the contract tells a client to. */

import { setTimeout as sleep } from 'node:timers/promises'
import { listOf, numberOf } from './frame.ts'
import { ask } from './http.ts'
import type { Random } from './random.ts'
import type { Recording } from './recording.ts'
import { fieldsOf, idOf, isGroup, type Target, targetOf, userTarget } from './target.ts'
import type { View } from './view.ts'

export interface Pages {
  /** Resolves when a sync that began after this call is complete. Calls made during a sync share the next one. */
  sync(): Promise<void>
  isBusy(): boolean
}

interface PagesOptions {
  base: () => string
  owner: { id: number; token: string }
  name: string
  views: ReadonlyMap<Target, View>
  /** Takes note of a message. */
  note: (target: Target, message: unknown) => void
  random: Random
  recording: Recording
  isWanted: () => boolean
}

export function createPages(options: PagesOptions): Pages {
  const { base, owner, name, views, random, recording, isWanted } = options
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  function sync(): Promise<void> {
    if (!running) {
      running = run().finally(() => {
        running = undefined
      })
      return running
    }
    next ??= running.then(() => {
      next = undefined
      return sync()
    })
    return next
  }

  async function run(): Promise<void> {
    // A short delay, so that pushes that come together cause one sync.
    await sleep(20)
    let open = [...views.keys()]
    for (let failures = 0; open.length > 0 && isWanted(); ) {
      const more = await page(open)
      if (more) open = more
      else await sleep(Math.min(100 * 2 ** failures++, 1_000))
    }
  }

  // The conversations that have more to give; undefined when there was no answer.
  async function page(targets: readonly Target[]): Promise<Target[] | undefined> {
    const startedAt = Date.now()
    const conversations = targets.map((target) => ({
      ...fieldsOf(target),
      after_seq: views.get(target)?.upTo() ?? 0,
    }))
    const limit = random.pick([20, 100, 200])
    const reply = await ask(base(), 'POST', '/api/chat/sync', owner.token, { conversations, limit })
    if (reply?.status === 401) recording.offences.push(`a sync of ${name} was answered with 401`)
    if (reply?.code !== 0) return undefined
    const at = Date.now()
    const more: Target[] = []
    for (const conversation of listOf(reply.data)) {
      const target = targetOf(conversation)
      const view = views.get(target)
      const messages = listOf(conversation, 'messages')
      for (const message of messages) options.note(target, message)
      mark(owner.id, target, numberOf(conversation, 'read_seq'))
      if (!isGroup(target)) mark(idOf(target), userTarget(owner.id), numberOf(conversation, 'peer_read_seq'))
      const hasMore = Reflect.get(Object(conversation), 'has_more') === true
      if (hasMore && messages.length > 0) more.push(target)
      const last = numberOf(conversation, 'last_seq')
      if (!hasMore && (view?.upTo() ?? 0) < last) {
        recording.offences.push(`a sync of ${name} ended at ${view?.upTo()} of ${last}`)
      }
    }
    return more

    function mark(reader: number, target: Target, seq: number): void {
      recording.marksSeen.push({ startedAt, at, owner: reader, target, seq })
    }
  }

  return { sync, isBusy: () => running !== undefined }
}
