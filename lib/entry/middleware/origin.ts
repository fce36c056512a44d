/** The way in: where deployed, the functions answer only what came through the edge. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { MiddlewareObj } from '@middy/core'
import { config } from '../../core/config.ts'
import { Refusal } from '../../core/refusal.ts'

export interface Arrived {
  /** The viewer's address, as the edge says it; undefined where there is no edge. */
  viewerAddress?: string | undefined
}

/** Finds a header of an event by its lower-case name. */
export type HeaderOf<Event> = (event: Event, name: string) => string | undefined

/**
 * Lets an event pass that shows an origin secret, which the edge alone adds, and only then believes what the edge says of the
 * viewer. Without a configured secret every event passes, and the header is the viewer's own.
 *
 * @throws Refusal NOT_THROUGH_EDGE
 */
export function origin<Event>(headerOf: HeaderOf<Event>): MiddlewareObj<Event & Arrived> {
  const secrets = config.originSecrets.map(digest)
  return {
    before({ event }) {
      if (secrets.length === 0) return
      const shown = digest(headerOf(event, 'x-origin-secret') ?? '')
      // All are compared, so that the time tells nothing.
      if (!secrets.map((secret) => timingSafeEqual(secret, shown)).includes(true)) throw new Refusal('NOT_THROUGH_EDGE')
      const address = headerOf(event, 'x-viewer-address')
      event.viewerAddress = isIP(address ?? '') ? address : undefined
    },
  }
}

// Of one length, as the comparison needs them.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
