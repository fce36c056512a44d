/** Where the service under test answers. The same suite runs against a machine or a deployed stage. */
import { inject } from 'vitest'

export const baseUrl = inject('baseUrl').replace(/\/+$/, '')
export const wsUrl = process.env.WS_URL ?? `${baseUrl.replace(/^http/, 'ws')}/api/ws`

/** Frames in flight together keep the order in which they were sent only where one gateway process runs them. */
export const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(baseUrl).hostname)

/** How long a condition is waited for; a stage with cold functions may need more. */
export const patienceMs = Number(process.env.PATIENCE_MS ?? 5000)
