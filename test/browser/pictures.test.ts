/** The main views as the documentation shows them, with people, texts and times that are always the same. */
import { afterAll, beforeAll, describe, it } from 'vitest'
import { db } from '../../lib/client/mysql.ts'
import * as chat from '../support/chat.ts'
import * as friend from '../support/friend.ts'
import { joined } from '../support/group.ts'
import { call, ok } from '../support/http.ts'
import { type Person as Account, login, password, register, uniqueName } from '../support/people.ts'
import { GroupInfo, Profile } from '../support/shape.ts'
import { connect } from '../support/socket.ts'
import { claimsOf } from '../support/token.ts'
import { type Album, isKept, openAlbum } from './album.ts'
import { drawAgain, useChinese } from './font.ts'
import type { Look } from './person.ts'
import { newcomer } from './stage.ts'

/** Saturday morning, in Shanghai. */
const now = Date.UTC(2026, 4, 16, 2, 30)
const minuteMs = 60_000

type Language = 'en' | 'zh'

interface World {
  /** Usernames, and what they are called. */
  names: Record<'ada' | 'bob' | 'carol' | 'dan' | 'eve', [username: string, nickname: string]>
  /** What ada and bob said: who, and how many minutes ago. */
  said: ['ada' | 'bob', number, string][]
  /** A group of four: what it is called, and what was said in it. */
  group: { name: string; said: ['ada' | 'bob' | 'carol' | 'dan', number, string][] }
  /** The last words of others. */
  last: { carol: string; dan: string }
  remark: string
}

const worlds: Record<Language, World> = {
  en: {
    names: {
      ada: ['ada.lind', 'Ada'],
      bob: ['bob.hart', 'Bob'],
      carol: ['carol.voss', 'Carol'],
      dan: ['dan.reed', 'Dan'],
      eve: ['erin.moss', 'Erin'],
    },
    said: [
      ['ada', 1_460, 'The library closes at six today. Shall we take the river path home?'],
      ['bob', 1_452, 'Gladly. I will bring the kite.'],
      ['bob', 42, 'Good morning, Ada!'],
      ['ada', 40, 'Good morning, Bob. Did the kite survive the chestnut tree?'],
      ['bob', 38, 'Mostly. The tail has become a scarf.'],
      [
        'ada',
        36,
        'Then coffee at ten, and we sew a new one. I have the red cloth from the market, and more thread than anyone needs.',
      ],
      ['bob', 33, 'Perfect. The corner table?'],
      ['ada', 31, 'The corner table.'],
    ],
    group: {
      name: 'Kite club',
      said: [
        ['carol', 190, 'The wind turns west tomorrow, says the harbour.'],
        ['dan', 186, 'Then the long meadow. I bring the big reel.'],
        ['ada', 181, 'Bob and I have a tail to sew first. Eleven?'],
        ['bob', 180, 'Eleven. Half past, if the coffee is good.'],
        ['carol', 176, 'I shall bring the thermos, and wait for nobody.'],
      ],
    },
    last: { carol: 'The tickets are on the kitchen shelf', dan: 'Thank you for the recipe' },
    remark: 'We met at the choir on Thursday',
  },
  zh: {
    names: {
      ada: ['linxiao', '林晓'],
      bob: ['zhouyuan', '周远'],
      carol: ['chenjing', '陈静'],
      dan: ['wanglei', '王磊'],
      eve: ['zhaomin', '赵敏'],
    },
    said: [
      ['ada', 1_460, '图书馆今天六点关门，我们沿着河边走回家好吗？'],
      ['bob', 1_452, '好啊，我把风筝带上。'],
      ['bob', 42, '早上好！'],
      ['ada', 40, '早上好，风筝从树上拿下来了吗？'],
      ['bob', 38, '拿下来了，尾巴变成了围巾。'],
      ['ada', 36, '那十点喝咖啡，顺便缝一条新的。红布我有，线也多得用不完。'],
      ['bob', 33, '太好了，还是靠窗的位子？'],
      ['ada', 31, '靠窗的位子。'],
    ],
    group: {
      name: '风筝小组',
      said: [
        ['carol', 190, '港口说明天转西风。'],
        ['dan', 186, '那就去长草地，我带大线轮。'],
        ['ada', 181, '我和周远得先缝好尾巴，十一点？'],
        ['bob', 180, '十一点，咖啡好喝的话十一点半。'],
        ['carol', 176, '我带保温壶，谁也不等。'],
      ],
    },
    last: { carol: '票放在厨房的架子上了', dan: '谢谢你的菜谱' },
    remark: '我们上周四在合唱团见过',
  },
}

type People = Record<keyof World['names'], Account> & { group: number }
const people = {} as Record<Language, People>
let album: Album

beforeAll(async () => {
  album = await openAlbum('')
  for (const language of ['en', 'zh'] as const) people[language] = await settle(language, worlds[language])
})
afterAll(async () => {
  await album.close()
  await db.destroy()
})

describe('The documentation has pictures of', () => {
  it.each<[string, Look, string]>([
    ['chat-desktop-light-en', { device: 'desktop', theme: 'light' }, 'chat'],
    ['chat-desktop-dark-en', { device: 'desktop', theme: 'dark' }, 'chat'],
    ['chat-desktop-light-zh', { device: 'desktop', theme: 'light', language: 'zh' }, 'chat'],
    ['chat-phone-light-en', { device: 'phone', theme: 'light' }, 'chat'],
    ['chat-phone-dark-zh', { device: 'phone', theme: 'dark', language: 'zh' }, 'chat'],
    ['group-desktop-light-en', { device: 'desktop', theme: 'light' }, 'group'],
    ['group-phone-dark-zh', { device: 'phone', theme: 'dark', language: 'zh' }, 'group'],
    ['list-phone-light-zh', { device: 'phone', theme: 'light', language: 'zh' }, '/'],
    ['list-phone-dark-en', { device: 'phone', theme: 'dark' }, '/'],
    ['people-desktop-light-en', { device: 'desktop', theme: 'light' }, '/people'],
    ['people-phone-light-zh', { device: 'phone', theme: 'light', language: 'zh' }, '/people'],
    ['settings-desktop-dark-en', { device: 'desktop', theme: 'dark' }, '/settings/profile'],
    ['sign-in-phone-light-en', { device: 'phone', theme: 'light' }, '/sign-in'],
  ])('%s', async (title, look, path) => {
    const { ada, bob, group } = people[look.language ?? 'en']
    const places: Record<string, string> = { chat: `/chat/${bob.id}`, group: `/group/${group}` }
    const person = await newcomer(ada.username, look)
    if (look.language === 'zh') await useChinese(person.context)
    await person.context.clock.setFixedTime(now)
    await person.open()
    if (path !== '/sign-in') {
      await person.signIn()
      await person.page.goto(new URL(places[path] ?? path, person.page.url()).href)
    }
    const { said, group: inGroup } = worlds[look.language ?? 'en']
    const [, , lastWords = ''] = (path === 'group' ? inGroup.said : said).at(-1) ?? []
    const { page } = person
    const seen = places[path] ? page.getByRole('log').getByText(lastWords) : page.getByRole('heading').first()
    await seen.waitFor()
    await person.page.waitForLoadState('networkidle')
    if (look.language === 'zh') await drawAgain(person.page)
    await album.take(person.page, title)
  })
})

/** They are friends, and have talked at the times that the pictures show. */
async function settle(language: Language, { names, said, group: club, last, remark }: World): Promise<People> {
  const entries = Object.entries(names).map(async ([name, [username, nickname]]) => {
    const one = await account(isKept ? username : uniqueName(username))
    ok(await call('PUT', '/api/user/profile', { token: one.token, body: { nickname } }), Profile)
    return [name, one] as const
  })
  const all = Object.fromEntries(await Promise.all(entries)) as Omit<People, 'group'>
  const { ada, bob, carol, dan, eve } = all
  for (const other of [bob, carol, dan]) await friend.befriend(other, ada)
  await friend.request(eve, ada, remark)
  const asked = { created_at: now - 50 * minuteMs }
  await db.updateTable('friend_requests').set(asked).where('sender_id', '=', eve.id).execute()
  const talk = async (one: Account, other: Account, text: string, minutesAgo: number) => {
    const socket = await connect({ token: one.token })
    const { id } = await chat.say(socket, other, text)
    await socket.close()
    const at = now - minutesAgo * minuteMs
    await db.updateTable('messages').set({ created_at: at }).where('id', '=', id).execute()
    await db
      .updateTable('conversations')
      .set({ last_message_time: at })
      .where('low_id', '=', Math.min(one.id, other.id))
      .where('high_id', '=', Math.max(one.id, other.id))
      .execute()
  }
  await talk(dan, ada, last.dan, 3_100)
  const groupId = await meet(all, club, language)
  await talk(carol, ada, last.carol, 95)
  for (const [name, minutesAgo, text] of said) await talk(all[name], name === 'ada' ? bob : ada, text, minutesAgo)
  await friend.act(ada, 'mark-read', dan)
  await friend.act(ada, 'mark-read', bob)
  await friend.act(bob, 'mark-read', ada)
  return { ...all, group: groupId }
}

/** @returns the group, in which they have talked. */
async function meet(all: Omit<People, 'group'>, { name, said }: World['group'], language: Language): Promise<number> {
  const { ada, bob, carol, dan } = all
  // Notices are in the language of whoever acts.
  const by = (body: object) => ({ token: ada.token, headers: { 'accept-language': language }, body })
  const made = ok(await call('POST', '/api/group/create', by({ name })), GroupInfo)
  const invited = { group_id: made.id, user_ids: [bob.id, carol.id, dan.id] }
  ok(await call('POST', '/api/group/invite', by(invited)))
  const rows = db.updateTable('messages').where('to_user_id', '=', made.id).where('type', '=', 3)
  await rows.set({ created_at: now - 200 * minuteMs }).execute()
  let at = 0
  for (const [speaker, minutesAgo, text] of said) {
    const socket = await connect({ token: all[speaker].token })
    const { id } = await chat.say(socket, joined(made), text)
    await socket.close()
    at = now - minutesAgo * minuteMs
    await db.updateTable('messages').set({ created_at: at }).where('id', '=', id).execute()
  }
  await db.updateTable('conversations').set({ last_message_time: at }).where('group_id', '=', made.id).execute()
  for (const member of [ada, bob])
    await call('POST', '/api/group/mark-read', { token: member.token, body: { target_id: made.id } })
  return made.id
}

async function account(username: string): Promise<Account> {
  await register(username)
  const token = await login(username)
  return { id: claimsOf(token).user_id, username, password, token }
}
