/** Locks on directories that the system gives back when their holder ends, however it ends. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartFailure } from './failure.ts'

/** A database that is garbage-collected is closed, and its lock is lost. */
const held = new Set<DatabaseSync>()

/**
 * Takes a directory for this process alone, until the returned function is called or the process ends.
 *
 * The lock is the system's own on an empty database file, since Node locks files only through SQLite. So a killed holder
 * leaves none behind, a copy of the directory is not locked, and a moved directory still is.
 *
 * @throws StartFailure when another process holds it.
 */
export function lock(directory: string): () => void {
  mkdirSync(directory, { recursive: true })
  const holderFile = join(directory, 'lock.pid')
  const database = open(join(directory, 'lock.db'))
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch {
    database.close()
    const pid = readFileSync(holderFile, { encoding: 'utf8', flag: 'a+' })
    throw new StartFailure(
      `Another start (process ${pid}) is using ${directory}. Stop it first (Ctrl-C where it runs), then run this again.`,
    )
  }
  held.add(database)
  writeFileSync(holderFile, String(process.pid))
  return () => {
    held.delete(database)
    database.close()
  }
}

function open(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartFailure(
      `${file} cannot be opened: ${reason}. Its path may have at most 500 bytes: move the folder, then run this again.`,
    )
  }
}
