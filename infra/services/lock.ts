/** Notes in the data directory about who uses it, so that a start after a killed one finds what that left behind. */

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StartFailure } from './failure.ts'
import { type Identity, inspect, isRunning, self, terminate } from './process.ts'

interface Note {
  process: Identity
  launcher: Identity
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
  writeFileSync(mine, JSON.stringify(self()))
  try {
    // A link appears whole or not at all, and never over another's.
    while (!tryLink(mine, file)) {
      const holder = read<Identity>(file)
      if (holder && isRunning(holder)) throw new StartFailure(inUse(dataDir, holder))
      takeAway(file)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => rmSync(file, { force: true })
}

/** The process that uses the data directory now, if one does. */
export function holder(dataDir: string): Identity | undefined {
  const found = read<Identity>(join(dataDir, 'lock'))
  return found && isRunning(found) ? found : undefined
}

/** The sentence for a data directory that is in use. */
export function inUse(dataDir: string, { pid }: Identity): string {
  return `Another start (process ${pid}) is using ${dataDir}. Stop it first (Ctrl-C where it runs), then run this again.`
}

/** Notes a process that this one has started. */
export function note(file: string, pid: number): void {
  const started = inspect(pid)?.started
  if (started === undefined) return
  mkdirSync(dirname(file), { recursive: true })
  const content: Note = { process: { pid, started }, launcher: self() }
  writeFileSync(file, JSON.stringify(content))
}

/**
 * Ends the process of an earlier start that was killed before it could end it itself.
 *
 * Touches only what is surely ours: same process id, same start time, `mark` in the command line, and its launcher gone.
 *
 * @returns the process id of what was ended.
 */
export async function endLeftover(file: string, mark: string): Promise<number | undefined> {
  const found = read<Note>(file)
  if (!found || isRunning(found.launcher)) return undefined
  const { pid, started } = found.process
  const running = inspect(pid)
  const isOurs = running?.started === started && running.command.includes(mark)
  if (isOurs) await terminate(found.process, 10_000)
  rmSync(file, { force: true })
  return isOurs ? pid : undefined
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
function takeAway(file: string): void {
  const aside = `${file}.old.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const moved = read<Identity>(aside)
  if (moved && isRunning(moved)) tryLink(aside, file)
  rmSync(aside, { force: true })
}

function read<T extends Note | Identity>(file: string): T | undefined {
  try {
    const content: T = JSON.parse(readFileSync(file, 'utf8'))
    return content
  } catch {
    return undefined
  }
}
