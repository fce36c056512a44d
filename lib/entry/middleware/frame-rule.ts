/** Frames from outside: what each kind must look like, and what is done with it. */
import type { MiddlewareObj } from '@middy/core'
import type * as z from 'zod/mini'
import { Refusal } from '../../core/refusal.ts'
import type { FrameContext } from '../../service/message/accept.ts'
import type { ServerFrame } from '../../wire/frame.ts'
import { checked, isObject } from '../input.ts'

/** What is to be done with a frame once it is known to be right. Returns the frames to answer at once, if any. */
export type Work = (context: FrameContext) => Promise<readonly ServerFrame[]>

/** Binds a schema to its handler, so that a table can hold several kinds. @throws Refusal BAD_FRAME */
export function frame<T>(
  schema: z.ZodMiniType<T>,
  run: (frame: T, context: FrameContext) => Promise<readonly ServerFrame[]>,
) {
  return (value: unknown): Work => {
    const right = checked(schema, value, 'BAD_FRAME')
    return (context) => run(right, context)
  }
}

/** From what a frame is to the rule for it; undefined for what nobody sends. */
export type FrameTable = (value: { type?: unknown; target_id?: unknown }) => ReturnType<typeof frame> | undefined

export interface WithFrame {
  body?: unknown
  frameContext: FrameContext
  /** What the body says; undefined when it is no JSON. */
  value: unknown
  work: Work
}

/**
 * Finds what is to be done with a frame. `refused` is called before a frame is refused that no rule takes: it came from
 * someone all the same.
 *
 * @throws Refusal BAD_FRAME, UNKNOWN_FRAME
 */
export function frameRule<Event extends WithFrame>(
  table: FrameTable,
  refused: (context: FrameContext) => Promise<void>,
): MiddlewareObj<Event> {
  return {
    async before({ event }) {
      event.value = parse(event.body)
      try {
        event.work = workOf(table, event.value)
      } catch (refusal) {
        await refused(event.frameContext)
        throw refusal
      }
    },
  }
}

// Binary messages arrive as base64, which is no JSON: no client of ours sends any.
function parse(body: unknown): unknown {
  if (typeof body !== 'string') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function workOf(table: FrameTable, value: unknown): Work {
  if (!isObject(value)) throw new Refusal('BAD_FRAME', { field: 'must be one JSON object' })
  const rule = table(value)
  if (!rule) throw new Refusal('UNKNOWN_FRAME')
  return rule(value)
}
