/** Free space, checked before a server runs out of it and reports that in its own way. */

import { mkdirSync, statfsSync } from 'node:fs'
import { StartFailure } from './failure.ts'

/** @throws StartFailure when less than `neededMb` are free on the directory's disk. */
export function checkFreeSpace(directory: string, neededMb: number): void {
  mkdirSync(directory, { recursive: true })
  const { bavail, bsize } = statfsSync(directory)
  const freeMb = Math.floor((bavail * bsize) / 2 ** 20)
  if (freeMb >= neededMb) return
  throw new StartFailure(
    `Only ${freeMb} MB are free for ${directory}, and ${neededMb} MB are needed. Make some room, then run this again.`,
  )
}
