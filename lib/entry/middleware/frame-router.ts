/** Routes frames from clients: parses them, and finds the handler of each type. */
import type { MiddlewareObj } from '@middy/core'
import type * as z from 'zod/mini'
import { Refusal } from '../../core/refusal.ts'
import type { FrameContext } from '../../service/message/accept.ts'
import type { ServerFrame } from '../../wire/server-frame.ts'
import { checked, isObject } from '../input.ts'

/** Handles one frame, which has been validated. Returns the frames to reply with at once, if any. */
export type Handle = (context: FrameContext) => Promise<readonly ServerFrame[]>

/** Validates a frame and binds it to its handler, so that one table can hold handlers of several types. */
export type FrameHandler = (value: unknown) => Handle

/** Finds the handler of a frame; undefined if the type is unknown. */
export type FrameHandlers = (value: { type?: unknown; target_id?: unknown }) => FrameHandler | undefined

/** The handler of frames that match `schema`. @throws Refusal BAD_FRAME */
export function frame<T>(
  schema: z.ZodMiniType<T>,
  run: (frame: T, context: FrameContext) => Promise<readonly ServerFrame[]>,
): FrameHandler {
  return (value) => {
    const valid = checked(schema, value, 'BAD_FRAME')
    return (context) => run(valid, context)
  }
}

export interface WithFrame {
  body?: unknown
  frameContext: FrameContext
  /** The parsed body; undefined if it is not JSON. */
  value: unknown
  handle: Handle
}

/**
 * Finds the handler of a frame. `refused` is called before a frame is refused that is malformed or of an unknown type, since
 * it shows that its sender is online and counts towards the rate.
 *
 * @throws Refusal BAD_FRAME, UNKNOWN_FRAME
 */
export function frameRouter<Event extends WithFrame>(
  handlers: FrameHandlers,
  refused: (context: FrameContext) => Promise<void>,
): MiddlewareObj<Event> {
  return {
    async before({ event }) {
      event.value = parse(event.body)
      try {
        event.handle = handleOf(handlers, event.value)
      } catch (refusal) {
        await refused(event.frameContext)
        throw refusal
      }
    },
  }
}

// Binary messages arrive in base64, which is not JSON: no client of ours sends any.
function parse(body: unknown): unknown {
  if (typeof body !== 'string') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function handleOf(handlers: FrameHandlers, value: unknown): Handle {
  if (!isObject(value)) throw new Refusal('BAD_FRAME', { field: 'must be one JSON object' })
  const handler = handlers(value)
  if (!handler) throw new Refusal('UNKNOWN_FRAME')
  return handler(value)
}
