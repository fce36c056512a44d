/** The arithmetic of `npm run cost`: what meters make of sizes and times, and what sums make of prices. */
import { describe, expect, it } from 'vitest'
import type { Step, Walk } from '../../bench/cost/count.ts'
import { batchOf, between } from '../../bench/cost/load.ts'
import { groupLines, idleLines, messageLines, stageLines, total } from '../../bench/cost/model.ts'
import { replaced } from '../../bench/cost/prices.ts'
import { scaleOf } from '../../bench/cost/scale.ts'
import { billedMs, ecpus, logWrites, meteredMessages, middle } from '../../bench/cost/units.ts'

const free = Object.fromEntries(Object.keys(replaced({}).prices).map((name) => [name, 0]))
/** All is free but this. */
const priced = (prices: Record<string, number>, assumptions: Record<string, number> = {}) =>
  replaced({ prices: { ...free, ...prices }, assumptions })

/** A step of which every call takes 10 ms, 2 of them at work, two commands of Redis, and a line of the log. */
function stepOf(calls: number, given: { posts?: number; meteredOut?: number } = {}): Step {
  const { posts = 0, meteredOut = 0 } = given
  return {
    calls,
    timing: { wallMs: 10, cpuMs: 2 },
    counts: {
      database: {
        statements: 3 * calls,
        commits: calls,
        logBytes: 5_000 * calls,
        dataWrites: 0,
        pagesWritten: 0,
        cpuMs: calls,
      },
      redis: { commands: { get: { calls: 2 * calls, microseconds: 10 * calls } }, bytes: 0 },
      kafka: { bytesIn: 500 * calls, bytesOut: 0 },
      posts: { posts, metered: posts, bytes: 300 * posts },
      log: { bytes: 74 * calls, events: calls },
    },
    meteredIn: calls,
    meteredOut,
    bytesOut: 0,
  }
}

const walkOf = (size: number, messages = 400): Walk => ({
  size,
  messages,
  accept: stepOf(messages),
  read: { bytesIn: 0, bytesOut: 500 * messages },
  store: { ...stepOf(messages / size, { posts: 2 * messages }), timing: { wallMs: 10 + size, cpuMs: 2 } },
})

const count = {
  walks: [walkOf(1), walkOf(4), walkOf(100)],
  connecting: { authorize: stepOf(10), connect: stepOf(10), disconnect: stepOf(10) },
  heartbeat: stepOf(10),
  heartbeatWithPong: stepOf(10, { meteredOut: 10 }),
  lives: [{ everySeconds: 480, lives: 2, hours: 4, meteredIn: 30, meteredOut: 2 }],
  edge: { messages: 1, meteredIn: 1, meteredOut: 2 },
  simpleMicroseconds: 1,
  cacheBytes: 500,
  rowBytes: 700,
}

describe('the meters', () => {
  it.each([
    [0, 1],
    [1, 1],
    [32_768, 1],
    [32_769, 2],
    [131_072, 4],
  ])('count a WebSocket message of %i bytes as %i', (bytes, messages) => {
    expect(meteredMessages(bytes)).toBe(messages)
  })

  it.each([
    ['rounds up to a whole millisecond', { wallMs: 1.0001, cpuMs: 0 }, 2],
    ['leaves a whole millisecond', { wallMs: 3, cpuMs: 0 }, 3],
    ['stretches what is work by the factor, and not what is waited for', { wallMs: 10, cpuMs: 2 }, 15],
    ['takes threads at work together for no negative wait', { wallMs: 1, cpuMs: 2 }, 7],
  ])('a duration %s', (_claim, timing, ms) => {
    expect(billedMs(timing, { cpuFactor: 3.5, addedMs: 0 })).toBe(ms)
  })

  it('a duration has the waits of the network added before it is rounded', () => {
    expect(billedMs({ wallMs: 1.2, cpuMs: 0 }, { cpuFactor: 1, addedMs: 2.3 })).toBe(4)
  })

  it.each([
    [0, 3, 3],
    [4_096, 1, 1],
    [4_097, 1, 2],
    [40_960, 2, 10],
  ])('count %i bytes of log in %i commits as %i writes', (bytes, commits, writes) => {
    expect(logWrites(bytes, commits)).toBe(writes)
  })

  it.each([
    ['one for each command', { get: { calls: 9, microseconds: 9 } }, 1_024, 9],
    ['kilobytes where they are more', { get: { calls: 1, microseconds: 1 } }, 4_096, 4],
    ['the time of a command where it is more than a unit’s', { evalsha: { calls: 2, microseconds: 80 } }, 1, 40],
    [
      'each command by itself: one that takes long pays for no other',
      { evalsha: { calls: 1, microseconds: 40 }, hgetall: { calls: 5, microseconds: 1 } },
      1,
      25,
    ],
    ['none where nothing was sent', {}, 0, 0],
  ])('take for ECPUs %s', (_what, commands, bytes, units) => {
    expect(ecpus({ commands, bytes }, 2)).toBe(units)
  })

  it('take the value in the middle, and none of nothing', () => {
    expect(middle([9, 1, 5])).toBe(5)
    expect(() => middle([])).toThrow('nothing')
  })
})

describe('the dollars', () => {
  it.each([1, 4, 100])('of a million messages in batches of %i are three messages of the gateway each', (size) => {
    expect(total(messageLines(walkOf(size), count, priced({ websocketMessage: 1e-6 })))).toBeCloseTo(3)
  })

  it.each([
    [1, 2],
    [4, 1.25],
    [100, 1.01],
  ])('of invocations at batches of %i are those of frames and of batches', (size, dollars) => {
    expect(total(messageLines(walkOf(size), count, priced({ lambdaRequest: 1e-6 })))).toBeCloseTo(dollars)
  })

  it('of writes are counted once a commit at least, and by the factor', () => {
    const terms = priced({ databaseIo: 1e-6 }, { ioFactor: 3 })
    // 5,000 bytes a commit are 489 units for 400 commits: 1.2225 a message.
    expect(total(messageLines(walkOf(1), count, terms))).toBeCloseTo(3 * 1.2225)
  })

  it('of Redis are one for each command, or for each unit of its time', () => {
    const of = (ecpuMicroseconds: number): number =>
      total(messageLines(walkOf(4), count, priced({ ecpu: 1e-6 }, { ecpuMicroseconds })))
    // Two commands for each frame and for each batch of four.
    expect(of(10)).toBeCloseTo(2.5)
    expect(of(1)).toBeCloseTo(12.5)
  })

  it('are the sum of their lines', () => {
    const [all, parts] = [replaced({}), ['websocketMessage', 'lambdaRequest'] as const]
    const lines = messageLines(walkOf(4), count, all)
    const rest = messageLines(walkOf(4), count, replaced({ prices: { websocketMessage: 0, lambdaRequest: 0 } }))
    const [websocket, request] = parts.map((name) => all.prices[name].usd * 1e6)
    expect(total(lines) - total(rest)).toBeCloseTo(3 * (websocket ?? 0) + 1.25 * (request ?? 0))
  })

  it('of idle connections are minutes, and heartbeats by their interval', () => {
    const of = (everySeconds: number, hasPong: boolean, prices: Record<string, number>): number =>
      total(idleLines({ everySeconds, hasPong }, count, priced(prices)))
    expect(of(30, false, { connectionMinute: 0.25e-6 })).toBeCloseTo(10.95)
    expect(of(30, false, { websocketMessage: 1e-6 })).toBeCloseTo(87.6)
    expect(of(30, true, { websocketMessage: 1e-6 })).toBeCloseTo(175.2)
    expect(of(240, false, { websocketMessage: 1e-6 })).toBeCloseTo(10.95)
    // 87.6 million heartbeats, and three functions for each of 365,000 connections.
    expect(of(30, false, { lambdaRequest: 1e-6 })).toBeCloseTo(87.6 + 1.095)
  })

  it('of idle connections that were lived through are the frames and goodbyes that were counted', () => {
    const of = (prices: Record<string, number>): number =>
      total(idleLines({ everySeconds: 480, hasPong: false }, count, priced(prices)))
    // 730,000 hours: 7.5 frames and half a goodbye in each, and half a connection.
    expect(of({ websocketMessage: 1e-6 })).toBeCloseTo(0.73 * 8)
    expect(of({ lambdaRequest: 1e-6 })).toBeCloseTo(0.73 * (7.5 + 3 / 2))
  })

  it('of a stage are hours of what is billed by the hour, and a share of what is billed by the month', () => {
    const of = (hours: number, prices: Record<string, number>): number =>
      total(stageLines(hours, priced(prices)).get('prod, small') ?? [])
    expect(of(730, { brokerLargeHour: 0.2 })).toBeCloseTo(438)
    expect(of(1, { brokerLargeHour: 0.2 })).toBeCloseTo(0.6)
    expect(of(73, { brokerGbMonth: 0.1 })).toBeCloseTo(3)
  })

  it('refuse prices and assumptions that are not in the list, or no numbers', () => {
    expect(() => replaced({ prices: { gold: 1 } })).toThrow('gold')
    expect(() => replaced({ prices: { ecpu: '1' } })).toThrow('ecpu')
    expect(() => replaced({ assumptions: { luck: 1 } })).toThrow('luck')
  })
})

describe('the scale', () => {
  it('works out a figure of one message for sizes that were not walked, as one over the size', () => {
    const of = (walk: Walk): number => 10 + 40 / walk.size
    for (const size of [1, 2, 4, 50, 100, 500, Number.POSITIVE_INFINITY]) {
      expect(between(count.walks, size, of)).toBeCloseTo(10 + 40 / size)
    }
  })

  it('has batches of one where hardly anything comes, larger ones with the rate, and no end above it', () => {
    const sizes = [0.001, 50, 200, 1_000, 1e9].map((rate) => batchOf(rate, count, replaced({})))
    expect(sizes[0]).toBe(1)
    expect(sizes.toSorted((a, b) => a - b)).toEqual(sizes)
    expect(sizes.at(-1)).toBe(500)
  })

  it('has fewer heartbeats, requests and dollars where clients ask for a longer interval, and the same messages', () => {
    const [often, seldom] = [30, 240].map((seconds) => scaleOf(1e6, count, replaced({}), seconds))
    const ratio = (name: string): number => (often?.figures[name] ?? 0) / (seldom?.figures[name] ?? 1)
    expect(ratio('heartbeats/s')).toBeCloseTo(8)
    expect(ratio('messages/s')).toBe(1)
    expect(ratio('gateway requests/s')).toBeGreaterThan(1.5)
    expect(often?.dollarsAMonth.connections).toBeGreaterThan(3 * (seldom?.dollarsAMonth.connections ?? 0))
  })

  it('puts first the limit that fewest people reach, and finds how many those are', () => {
    const at = (people: number) => scaleOf(people, count, replaced({})).limits
    const limits = at(1_000)
    const reached = limits.map(({ people }) => people)
    expect(reached.toSorted((a, b) => a - b)).toEqual(reached)
    for (const { name, limit, people } of limits) {
      const needOf = (many: number): number => at(many).find((each) => each.name === name)?.need ?? 0
      expect(needOf(people)).toBeGreaterThan(limit)
      expect(needOf(people * 0.99)).toBeLessThanOrEqual(limit)
    }
  })
})

describe('a message in a group', () => {
  it.each([2, 5, 500])('is posted to each of %i who are online, and is otherwise one message', (online) => {
    const [, walk = walkOf(4)] = count.walks
    const ofPosts = priced({ websocketMessage: 1e-6 })
    // One frame in, and one out for each.
    expect(total(groupLines(online, walk, count, ofPosts))).toBeCloseTo(1 + online)
    const ofDatabase = priced({ databaseIo: 1e-6, acuHour: 1 })
    expect(total(groupLines(online, walk, count, ofDatabase))).toBeCloseTo(total(messageLines(walk, count, ofDatabase)))
  })
})
