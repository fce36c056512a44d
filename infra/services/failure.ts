/** Expected failures of a start: printed as whole sentences, never as a stack trace. */

import { readFileSync } from 'node:fs'
import { getSystemErrorMessage, stripVTControlCharacters } from 'node:util'

/** A start that cannot go on. Its message is all that is printed. */
export class StartFailure extends Error {}

/** A start that failed because another program was faster to take a port. */
export class PortLost extends StartFailure {}

/** In the words of Node, of our edge, of MariaDB, Redis and Java, and of Docker. */
const portLost = /EADDRINUSE|port \d+ on \S+ is taken|address already in use|port is already allocated/i

/** A start that cannot go on because of a program that has written a log. */
export function failureWithLog(sentence: string, logFile: string): StartFailure {
  const Failure = portLost.test(readLog(logFile)) ? PortLost : StartFailure
  return new Failure(`${sentence} The end of its log, ${logFile}:\n${lastLines(logFile)}`)
}

/** The text to print for an error: its message if it is a StartFailure, a sentence if it is the system's, else its stack. */
export function sentenceOf(error: unknown): string {
  if (error instanceof StartFailure) return error.message
  if (!(error instanceof Error)) return String(error)
  const { code, errno, syscall, path }: NodeJS.ErrnoException = error
  if (code === undefined || errno === undefined) return String(error.stack)
  const advice = code === 'ENOSPC' ? 'Make some room' : 'Fix that'
  const action = `${syscall} ${path ?? 'in this folder'}: ${getSystemErrorMessage(errno)} (${code})`
  return `The system refuses to ${action}. ${advice}, then run this again.`
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
