/** A profile is checked and sent as far as it was changed; a refusal goes to the field that it names. */
import { describe, expect, it } from 'vitest'
import { exportName } from '../../src/views/settings/export-name.ts'
import { changesIn, profileFaults, refusedPlace } from '../../src/views/settings/profile-form.ts'

const before = { nickname: 'Ada', avatar: 'http://old.example/a.png', email: '', phone: '' }

describe('a profile', () => {
  it('sends what was changed, and nothing else', () => {
    expect(changesIn(before, before)).toEqual({})
    expect(changesIn({ ...before, nickname: '', phone: '+1 2' }, before)).toEqual({ nickname: '', phone: '+1 2' })
  })

  it('leaves alone what was stored before there were rules, until it is changed', () => {
    expect(profileFaults(before, before)).toEqual([])
    expect(profileFaults({ ...before, avatar: 'http://new.example/' }, before)).toEqual([
      ['avatar', 'malformed_avatar'],
    ])
  })

  it('names all that is wrong, in the order of the fields', () => {
    const wrong = { nickname: 'x'.repeat(65), avatar: '//x', email: 'x', phone: 'x' }
    expect(profileFaults(wrong, before).map(([place]) => place)).toEqual(['nickname', 'avatar', 'email', 'phone'])
  })

  it.each([
    ['参数错误：nickname: is reserved', 'nickname'],
    ['Invalid input: email: must be empty or an email address', 'email'],
    ['Invalid input: avatar: must be empty, a path that begins with one "/", or an https address', 'avatar'],
    ['Invalid input', undefined],
  ])('puts %j where it belongs', (message, place) => {
    expect(refusedPlace({ reason: 'INVALID_INPUT', message })).toBe(place)
    expect(refusedPlace({ reason: 'UNAVAILABLE', message })).toBeUndefined()
  })
})

describe('the file with the data of somebody', () => {
  const day = new Date(2026, 0, 5)
  it.each([
    ['ada', 'gochat-ada-2026-01-05.json'],
    ['阿卜杜拉·买买提', 'gochat-阿卜杜拉-买买提-2026-01-05.json'],
    ['../../etc', 'gochat-etc-2026-01-05.json'],
    ['!?', 'gochat-2026-01-05.json'],
  ])('of %s is called by a name that every system takes', (username, name) => {
    expect(exportName(username, day)).toBe(name)
  })
})
