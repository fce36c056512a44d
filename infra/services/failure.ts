/** Expected ends of a start: told to the person at the terminal in whole sentences, never as a stack trace. */

import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

/** A start that cannot go on. Its message is all that is printed. */
export class StartFailure extends Error {}

/** The last lines of a log, indented to stand under a sentence; says so when there are none. */
export function lastLines(logFile: string, count = 12): string {
  const lines = stripVTControlCharacters(readLog(logFile)).trimEnd().split('\n').slice(-count)
  const text = lines.map((line) => `    ${line.slice(0, 300)}`).join('\n')
  return text.trim() ? text : '    (nothing)'
}

function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
