/** The bucket for functions that seldom use it: what it takes is loaded then, and not when they start. */
import type { Storage } from './storage.ts'

export const openStorageWhenNeeded = async (): Promise<Storage> => (await import('./storage.ts')).openStorage()
