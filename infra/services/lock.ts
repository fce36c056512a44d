/** One start at a time uses a data directory. */

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartFailure } from './failure.ts'
import { type Identity, isRunning, self } from './process.ts'

interface Holder extends Identity {
  /** A lock that has been copied along with its directory holds nothing. */
  directory: string
}

/**
 * Takes the data directory for this process alone, until the returned function is called.
 *
 * A lock whose process is gone is taken over.
 *
 * @throws StartFailure when another start uses it.
 */
export function lock(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true })
  const file = join(dataDir, 'lock')
  const mine = `${file}.${process.pid}`
  const content: Holder = { ...self(), directory: identityOf(dataDir) ?? '' }
  try {
    writeFileSync(mine, JSON.stringify(content))
    // A link appears whole or not at all, and never over another's.
    while (!tryLink(mine, file)) {
      const other = holder(dataDir)
      if (other) throw new StartFailure(inUse(dataDir, other))
      takeAway(dataDir, file)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => {
    if (holder(dataDir)?.pid === process.pid) rmSync(file, { force: true })
  }
}

/** The process that uses the data directory now, if one does. */
export function holder(dataDir: string): Identity | undefined {
  return read(join(dataDir, 'lock'), dataDir)
}

/** The sentence for a data directory that is in use. */
export function inUse(dataDir: string, { pid }: Identity): string {
  return `Another start (process ${pid}) is using ${dataDir}. Stop it first (Ctrl-C where it runs), then run this again.`
}

/** Tells one directory from another that has come to stand at its path; undefined if there is none. */
export function identityOf(directory: string): string | undefined {
  const found = statSync(directory, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

// Moved aside and looked at again: between the look and the move another start may have taken it over.
function takeAway(dataDir: string, file: string): void {
  const aside = `${file}.old.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (read(aside, dataDir)) tryLink(aside, file)
  rmSync(aside, { force: true })
}

function read(file: string, dataDir: string): Identity | undefined {
  try {
    const found: Holder = JSON.parse(readFileSync(file, 'utf8'))
    return found.directory === identityOf(dataDir) && isRunning(found) ? found : undefined
  } catch {
    return undefined
  }
}
