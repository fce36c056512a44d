/** What counts as an outage, and what as a bug. */
import { describe, expect, it } from 'vitest'
import { isOutage } from '../../lib/core/outage.ts'

describe('an answer of Kafka', () => {
  it.each([
    ['that it cannot take a record now', true],
    ['that it never takes it', false],
  ])('%s is an outage: %s', (text, retriable) => {
    expect(isOutage(Object.assign(new Error(text), { retriable }))).toBe(retriable)
  })
})

describe('an answer of Redis', () => {
  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OOM command not allowed when used memory > 'maxmemory'. script: 1f2e, on @user_script:2.",
    "ERR Error running script (call to f_1f2e): @user_script:2: -OOM command not allowed when used memory > 'maxmemory'.",
    'NOREPLICAS Not enough good replicas to write.',
    "READONLY You can't write against a read only replica.",
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk.',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    'LOADING Redis is loading the dataset in memory',
    'CLUSTERDOWN The cluster is down',
    'ERR max number of clients reached',
  ])('is an outage while it takes nothing: %s', (text) => {
    expect(isOutage(new Error(text))).toBe(true)
    expect(isOutage(new Error('around', { cause: new Error(text) }))).toBe(true)
  })

  it.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    "ERR unknown command 'foo'",
    "NOPERM this user has no permissions to run the 'set' command",
    'ERR Error compiling script (new function): user_script:1: syntax error',
    'The ROOM 7 is BUSYING itself',
  ])('is a fault otherwise: %s', (text) => {
    expect(isOutage(new Error(text))).toBe(false)
  })
})
