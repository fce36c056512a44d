/** Locks on directories that the system gives back when their holder ends, however it ends. */

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartFailure } from './failure.ts'

/** SQLite refuses paths whose journal's path would have more than 511 bytes. */
const maxPathBytes = 480
/** https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5
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
  if (Buffer.byteLength(resolve(directory)) > maxPathBytes) {
    throw new StartFailure(
      `The path of ${directory} is longer than ${maxPathBytes} bytes. Move it, then run this again.`,
    )
  }
  const pidFile = join(directory, 'lock.pid')
  // Fails with the system's reason when nothing can be written here; SQLite would not tell it.
  appendFileSync(pidFile, '')
  const database = new DatabaseSync(join(directory, 'lock.db'))
  try {
    // A journal on the disk would fail when that is full, without the system's reason.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!(error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy)) throw error
    const pid = readFileSync(pidFile, 'utf8')
    throw new StartFailure(
      `Another start (process ${pid}) is using ${directory}. Let it finish or stop it (Ctrl-C where it runs), then run this again.`,
    )
  }
  held.add(database)
  writeFileSync(pidFile, String(process.pid))
  return () => {
    held.delete(database)
    database.close()
  }
}
