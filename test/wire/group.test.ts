/** What the clients load beside one-to-one chat: empty lists now, and nothing else. */
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, ok, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'

const { ada } = newcomers(beforeAll, 'ada')

describe('groups', () => {
  it.each(['/api/group/my-groups', '/api/group/requests'])('%s is an empty list', async (path) => {
    expect(ok(await call('GET', path, { token: ada.token }), z.array(z.unknown()))).toEqual([])
  })
})

describe('routes that do not exist yet', () => {
  it.each([
    ['POST', '/api/group/create'],
    ['POST', '/api/group/join'],
    ['POST', '/api/group/handle'],
    ['POST', '/api/group/leave'],
    ['GET', '/api/group/info'],
    ['GET', '/api/group/members'],
    ['GET', '/api/group'],
    ['POST', '/api/media/upload'],
    ['GET', '/api/media/1'],
    ['POST', '/api/upload'],
  ])('%s %s is not found', async (method, path) => {
    refused(await call(method, path, { token: ada.token }), { status: 404, code: 404 })
  })
})
