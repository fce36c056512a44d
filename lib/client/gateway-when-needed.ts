/** The management endpoint for functions that seldom post: what it takes is loaded then, and not when they start. */
import type { Gateway } from './gateway.ts'

const loaded = async (): Promise<Gateway> => (await import('./gateway.ts')).gateway

export const gateway: Gateway = {
  post: async (...given) => (await loaded()).post(...given),
  close: async (...given) => (await loaded()).close(...given),
}
