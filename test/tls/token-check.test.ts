/** The played part of AWS that the other tests of this ring lean on: it takes the right token, and says what is wrong with another. */
import { expect, it } from 'vitest'
import { tokenOf } from '../support/aws-token.ts'
import { checkToken } from './token-check.ts'

const credentials = { accessKeyId: 'gochat', secretAccessKey: 'of the owner', sessionToken: 'a+b/c=' }
const claim = {
  service: 'rds-db',
  region: 'us-east-1',
  host: 'localhost:3306',
  query: { Action: 'connect', DBUser: 'ada' },
}

async function faultOf(given: Partial<typeof claim> = {}, owner: Partial<typeof credentials> = {}, ageMs = 0) {
  const token = await tokenOf({ ...claim, ...given }, { ...credentials, ...owner }, new Date(Date.now() - ageMs))
  return (await checkToken(token, claim, credentials)).fault
}

it('a token counts for what it was signed for, for 15 minutes', async () => {
  expect(await faultOf()).toBeUndefined()
  expect(await faultOf({}, {}, 890_000)).toBeUndefined()
  expect(await faultOf({}, {}, 901_000)).toBe('the token has expired')
})

it.each([
  ['another host', { host: 'localhost:3307' }, {}, 'the token is for localhost:3307, not for localhost:3306'],
  ['another user', { query: { Action: 'connect', DBUser: 'bob' } }, {}, 'the token has another DBUser'],
  ['another region', { region: 'eu-west-1' }, {}, 'the token has another X-Amz-Credential'],
  ['another key', {}, { accessKeyId: 'other' }, 'the token has another X-Amz-Credential'],
  ['another session', {}, { sessionToken: 'other' }, 'the token has another X-Amz-Security-Token'],
  ['another secret', {}, { secretAccessKey: 'other' }, 'the signature is wrong'],
])('a token of %s does not count, and the fault names it', async (_what, given, owner, fault) => {
  expect(await faultOf(given, owner)).toBe(fault)
})

it('what is no address of a token is said to be none', async () => {
  expect((await checkToken('secret', claim, credentials)).fault).toBe('it is no token')
})
