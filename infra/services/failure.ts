/** Expected ends of a start: told to the person at the terminal in whole sentences, never as a stack trace. */

import { readFileSync } from 'node:fs'
import { getSystemErrorMessage, stripVTControlCharacters } from 'node:util'

/** A start that cannot go on. Its message is all that is printed. */
export class StartFailure extends Error {}

/** What is printed of an error: a sentence if it is one of ours or the system's, else all of it. */
export function sentenceOf(error: unknown): string {
  if (error instanceof StartFailure) return error.message
  if (!(error instanceof Error)) return String(error)
  const { code, errno, syscall, path }: NodeJS.ErrnoException = error
  if (code === undefined || errno === undefined) return String(error.stack)
  const advice = code === 'ENOSPC' ? 'Make some room' : 'Put that right'
  const what = `${syscall} ${path ?? 'in this folder'}: ${getSystemErrorMessage(errno)} (${code})`
  return `The system refuses to ${what}. ${advice}, then run this again.`
}

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
