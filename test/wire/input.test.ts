/** Bad input, route by route: refused as input, never a fault. */
import { beforeAll, describe, it } from 'vitest'
import { answered, call, invalid, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { nobody, notIds, routes } from '../support/route.ts'

const targeted = routes.filter(({ body }) => body && 'target_id' in body)
const withBody = routes.filter(({ body }) => body)
/** A profile may be changed by nothing at all, and the other sessions end without a word. */
const needsBody = withBody.filter(({ path }) => !/profile|info\/update|end-all/.test(path))

describe.each(targeted)('$method $path', ({ method, path, body }) => {
  const { ada } = newcomers(beforeAll, 'ada')

  it.each(notIds)('refuses a target id that is %s', async (_title, target_id) => {
    refused(await call(method, path, { token: ada.token, body: { ...body, target_id } }), invalid)
  })

  it('refuses without a target id', async () => {
    refused(await call(method, path, { token: ada.token, body: { ...body, target_id: undefined } }), invalid)
  })

  it('causes no fault for the largest id', async () => {
    answered(await call(method, path, { token: ada.token, body: { ...body, target_id: nobody.id } }))
  })

  it('causes no fault for the caller', async () => {
    answered(await call(method, path, { token: ada.token, body: { ...body, target_id: ada.id } }))
  })
})

describe.each(withBody)('$method $path', ({ method, path, body = {} }) => {
  const { ada } = newcomers(beforeAll, 'ada')

  it.each(Object.keys(body))('refuses %s of a wrong type', async (field) => {
    for (const value of [{}, [[]], true].filter((one) => typeof one !== typeof body[field] || Array.isArray(one))) {
      refused(await call(method, path, { token: ada.token, body: { ...body, [field]: value } }), invalid)
    }
  })

  it.each(['null', '[]', '"text"', '7', '{', 'x'])('refuses the body %s', async (raw) => {
    refused(await call(method, path, { token: ada.token, raw }), invalid)
  })

  it.each(Object.keys(body))('causes no fault for %s of odd texts', async (field) => {
    const password = path === '/api/user/register' ? { password: 'short' } : {}
    for (const value of ['', ' ', '\ud800', "' OR 1=1 --", '\u0000', 'x'.repeat(70_000)]) {
      answered(await call(method, path, { token: ada.token, body: { ...body, ...password, [field]: value } }))
    }
  })
})

describe.each(needsBody)('$method $path', ({ method, path, body = {} }) => {
  const { ada } = newcomers(beforeAll, 'ada')

  it('refuses an empty object and no body at all', async () => {
    refused(await call(method, path, { token: ada.token, body: {} }), invalid)
    refused(await call(method, path, { token: ada.token }), invalid)
  })

  it.each(Object.keys(body))('refuses without %s', async (field) => {
    refused(await call(method, path, { token: ada.token, body: { ...body, [field]: undefined } }), invalid)
  })
})
