/**
 * Whether somebody who guesses a password each second keeps its owner out, under the limits of a deployed stage.
 *
 *     npx node bench/lock-out.ts                   for a minute
 *
 * The owner logged in over IPv4 before and does so again every three seconds; the guesses come over IPv6, from another network.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { request } from '../infra/client/http.ts'
import { password, signUp } from '../infra/client/people.ts'
import { openTestbed } from './testbed.ts'

const everyMs = { guess: 1_000, logIn: 3_000 }

/** Logs in again and again. @returns how often it was answered by which status and reason. */
async function logInAgain(
  base: string,
  given: object,
  pauseMs: number,
  until: number,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const payload = JSON.stringify(given)
  for (; Date.now() < until; await sleep(pauseMs)) {
    const { status, body } = await request(base, { method: 'POST', path: '/api/user/login', payload })
    const { reason = 'logged in' } = JSON.parse(body.toString())
    const answer = `${status} ${reason}`
    counts[answer] = (counts[answer] ?? 0) + 1
  }
  return counts
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } })
// The limits of guesses are those that hold where none are set.
const environment = { RATE_LIMITS: 'on', PASSWORD_FAILURES_FREE: '', PASSWORD_FAILURES_IN_A_ROW: '' }
const testbed = await openTestbed({ say: console.log, environment })
try {
  const { name: username } = await signUp(testbed.base, 'ada')
  const until = Date.now() + Number(values.seconds) * 1_000
  const elsewhere = testbed.base.replace('127.0.0.1', '[::1]')
  const [guesser, owner] = await Promise.all([
    logInAgain(elsewhere, { username, password: 'a guess' }, everyMs.guess, until),
    logInAgain(testbed.base, { username, password }, everyMs.logIn, until),
  ])
  console.log({ guesser, owner })
} finally {
  await testbed.stop()
}
process.exit()
