/** Where the service under test answers. The same suite runs against a machine or a deployed stage. */

const base = process.env.BASE_URL
if (!base) throw new Error('BASE_URL is missing: the origin of the service under test, such as http://127.0.0.1:8080')

export const baseUrl = base.replace(/\/+$/, '')
export const wsUrl = process.env.WS_URL ?? `${baseUrl.replace(/^http/, 'ws')}/api/ws`

/** Frames in flight together keep the order in which they were sent only where one gateway process runs them. */
export const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(baseUrl).hostname)

/** How long a condition is waited for; a stage with cold functions may need more. */
export const patienceMs = Number(process.env.PATIENCE_MS ?? 5000)
