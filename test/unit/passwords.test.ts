/** Hashes of passwords: what they cost, and that nobody else waits for them. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { hashInThread } from '../../lib/client/hash-thread.ts'
import { passwords } from '../../lib/client/passwords.ts'
import { hashWork, roundsOf, unknownHash } from '../../lib/core/password.ts'

const rounds = 4
const cheap = { password: 'correct horse', rounds }
const busy = expect.objectContaining({ reason: 'UNAVAILABLE', detail: { retryAfterSeconds: expect.any(Number) } })

describe('a hash', () => {
  it('is of its password alone', async () => {
    const hashed = await passwords.hash('correct horse')
    expect(roundsOf(hashed)).toBe(10)
    expect(await passwords.matches('correct horse', hashed)).toBe(true)
    expect(await passwords.matches('wrong horse', hashed)).toBe(false)
    expect(await passwords.matches('correct horse', undefined)).toBe(false)
  })

  it('is outdated when it costs less than those of today', () => {
    for (const cost of [4, 9]) expect(passwords.isOutdated(unknownHash(cost))).toBe(true)
    for (const cost of [10, 12]) expect(passwords.isOutdated(unknownHash(cost))).toBe(false)
  })

  it('takes as long to find wrong when it is older, or when there is none', () => {
    const millisecondsOf = (hashed: string): number => {
      const times = Array.from({ length: 3 }, () => {
        const before = process.cpuUsage()
        hashWork({ password: 'wrong horse', rounds: 10, hashed })
        return process.cpuUsage(before).user / 1000
      })
      return Math.min(...times)
    }
    const usual = millisecondsOf(unknownHash(10))
    for (const older of [8, 9]) {
      expect(millisecondsOf(unknownHash(older)) / usual).toBeGreaterThan(0.75)
      expect(millisecondsOf(unknownHash(older)) / usual).toBeLessThan(1.33)
    }
  })
})

describe('the thread that hashes', () => {
  it('leaves the event loop to others', async () => {
    await hashInThread(cheap)
    const before = performance.eventLoopUtilization()
    await Promise.all(Array.from({ length: 5 }, () => passwords.hash('correct horse')))
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.3)
  })

  it('answers each with its own', async () => {
    const words = Array.from({ length: 10 }, (_, index) => `horse ${index}`)
    const hashes = await Promise.all(words.map((word) => hashInThread({ password: word, rounds })))
    const answers = words.map((word, index) => hashInThread({ password: word, rounds, hashed: String(hashes[index]) }))
    expect(await Promise.all(answers)).toEqual(Array(10).fill(true))
  })

  it('refuses more than may wait, and takes them later', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => hashInThread(cheap)))
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(refused).toEqual(Array(6).fill(busy))
    expect(roundsOf(String(await hashInThread(cheap)))).toBe(rounds)
  })

  it('that dies fails what waits for it, and another takes its place', async () => {
    const deadly = { ...cheap, password: 1 as never }
    const outcomes = await Promise.allSettled([hashInThread(deadly), hashInThread(cheap)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(roundsOf(String(await hashInThread(cheap)))).toBe(rounds)
  })

  it('holds no process that is done', async () => {
    const file = join(import.meta.dirname, '../../lib/client/passwords.ts')
    const script = `const { passwords } = await import(${JSON.stringify(file)}); console.log(await passwords.hash('correct horse'))`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: 8_000 })
    expect(roundsOf((await run).stdout)).toBe(10)
  })
})
