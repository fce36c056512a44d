/** SQL: what people write is a value, and never part of a statement. */
import { afterAll, expect, it } from 'vitest'
import * as user from '../../lib/service/account/user.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import { befriend } from './contact.ts'
import { closeClients, db, person } from './stage.ts'

afterAll(closeClients)

const hostile = [
  "' or '1'='1",
  "' or 1=1 -- ",
  "') or ('1'='1",
  "\\' or 1=1 -- ",
  "'; drop table users; -- ",
  "' union select id, password, password, password from users -- ",
  "', nickname = 'taken",
  '" or ""="',
  '?',
  '`users`',
  "\u00bf' or 1=1 -- ",
  '%',
  '_',
]

it.each(hostile)('a name that is sought finds nobody: %s', async (username) => {
  await person('ada')
  await expect(user.search({ db }, { username })).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' })
})

it.each(hostile)('a text of the profile is kept as it is, in one row: %s', async (text) => {
  const [ada, bob] = [await person('ada'), await person('bob')]
  const before = await user.profile({ db }, bob)
  const mine = { ...(await user.profile({ db }, ada)), nickname: text }
  expect(await user.changeProfile({ db }, ada, { nickname: text })).toEqual(mine)
  expect(await user.profile({ db }, ada)).toEqual(mine)
  expect(await user.profile({ db }, bob)).toEqual(before)
})

it.each(hostile)('a friend is called what was written: %s', async (desc) => {
  const [ada, bob] = [await person('ada'), await person('bob')]
  await befriend(ada, bob)
  await friend.describe({ db }, ada, { target_id: bob, desc })
  const [row] = await db.selectFrom('relations').select('desc').where('owner_id', '=', ada).execute()
  expect(row).toEqual({ desc })
})
