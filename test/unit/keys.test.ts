/** Keys in Redis. */
import { describe, expect, it } from 'vitest'
import * as keys from '../../lib/core/keys.ts'

describe('a key made of a text from outside', () => {
  it.each(['ada', '小明 😀', '{a}', '\u0000', '\ud800', 'a\udc00b'])('arrives at Redis as it is here: %j', (text) => {
    const key = keys.limit('registrations', text)
    expect(Buffer.from(key).toString()).toBe(key)
  })
})
