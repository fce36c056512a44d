/** What draws pictures: beside the event loop where other requests would wait. */
import { config } from '../../core/config.ts'
import type { Drawing } from './picture-thread.ts'

/**
 * As large as the rest, and needed for pictures alone.
 *
 * On Lambda a process has one request at a time: nobody else waits, its memory is its own, and a thread would only have to start.
 * Locally all functions share a process.
 */
export const drawing = async (): Promise<Drawing> =>
  await (config.stage === 'local' ? import('./picture-thread.ts') : import('./picture.ts'))
