import { publicEndpoint } from '../../lib/entry/public.ts'

/** GET /api/health where deployed: that the functions answer. It asks no store; operators do, by operations/check. */
export const handler = publicEndpoint({}, async () => undefined)
