/** What can be said of a name and a password before the service is asked. Its rules: docs/wire-contract.md, "Names" and "Passwords". */
import { ChatError } from 'gochat-client'
import { reasonIn } from '../text/reason.ts'

export type Problem =
  | 'usernameMissing'
  | 'usernameTooLong'
  | 'usernameRefused'
  | 'passwordMissing'
  | 'passwordTooShort'
  | 'passwordTooLong'
  | 'passwordRefused'

export type Place = 'username' | 'password'

/** Space at the ends is never part of a name, and keyboards of phones add it. */
export const nameOf = (typed: string): string => typed.trim()

function usernameProblem(username: string, isNew: boolean): Problem | undefined {
  if (username === '') return 'usernameMissing'
  if (!isNew) return undefined
  if ([...username].length > 64) return 'usernameTooLong'
  if (/\p{Cc}|\p{Zl}|\p{Zp}| {2}/u.test(username)) return 'usernameRefused'
}

function passwordProblem(password: string, isNew: boolean): Problem | undefined {
  if (password === '') return 'passwordMissing'
  if (!isNew) return undefined
  const compared = password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
  if (/\p{Cc}/u.test(compared)) return 'passwordRefused'
  if ([...compared].length < 6) return 'passwordTooShort'
  if (new TextEncoder().encode(compared).length > 72) return 'passwordTooLong'
}

/** What is wrong where. Who signs in is not told the rules of today: older names and passwords go on. */
export function check(username: string, password: string, isNew: boolean): Partial<Record<Place, Problem>> {
  const atName = usernameProblem(username, isNew)
  const atPassword = passwordProblem(password, isNew)
  return { ...(atName && { username: atName }), ...(atPassword && { password: atPassword }) }
}

/** Why the service said no, and where that belongs. */
export interface Failure {
  at: Place | 'form'
  reason: string
  retryAfterMs: number | undefined
}

export function failureOf(thrown: unknown, isNew: boolean): Failure {
  const reason = reasonIn(thrown)
  const retryAfterMs = thrown instanceof ChatError ? thrown.retryAfterMs : undefined
  return { at: placeOf(reason, isNew), reason, retryAfterMs }
}

function placeOf(reason: string, isNew: boolean): Failure['at'] {
  if (reason === 'USERNAME_TAKEN') return 'username'
  if (reason === 'BAD_CREDENTIALS') return 'password'
  // A password that is refused did not come past `check`: what the service knows better are names.
  return reason === 'INVALID_INPUT' && isNew ? 'username' : 'form'
}
