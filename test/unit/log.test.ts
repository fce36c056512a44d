/** The log of errors of the database, which quote what people have written. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as log from '../../lib/core/log.ts'
import { errorLines } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

/** An error as mysql2 makes it. */
function databaseError(code: string, sqlMessage: string): Error {
  return Object.assign(new Error(sqlMessage), { code, errno: 1, sqlState: '23000', sqlMessage, sql: 'secret' })
}

describe('an error of the database', () => {
  it.each([
    ['ER_DUP_ENTRY', "Duplicate entry 'secret' for key 'users.users_username'"],
    ['ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', "Incorrect string value: 'secret' for column 'content' at row 1"],
    ['ER_PARSE_ERROR', "You have an error in your SQL syntax near\n'secret' at line 1"],
  ])('holds none of their values: %s', (code, message) => {
    const lines = errorLines()
    log.error('fault', databaseError(code, message))
    log.error('fault', new Error('not stored', { cause: databaseError(code, message) }))
    expect(lines).toHaveLength(2)
    for (const { fault } of lines) {
      expect(fault).toContain(code)
      expect(fault).toContain('log.test.ts')
      expect(fault).not.toContain('secret')
    }
  })
})
