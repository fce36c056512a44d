/**
 * The erasure of what a deleted account shares with others: friendships, blocks and requests in both directions, memberships, sessions.
 *
 * Each step takes away a bounded number, in transactions of one conversation each, so it may stop anywhere and go on later. Messages
 * stay: they belong to those who got them, too.
 */
import { sql } from 'kysely'
import type { Clients, PushClients } from '../../client/clients.ts'
import { ChatType, pairOf } from '../../core/address.ts'
import * as log from '../../core/log.ts'
import { folders } from '../../core/media-path.ts'
import { Refusal } from '../../core/refusal.ts'
import { MemberState } from '../../schema/tables.ts'
import * as session from '../account/session.ts'
import * as delivery from '../connection/delivery.ts'
import * as friend from '../contact/friend.ts'
import * as conversation from '../conversation/conversation.ts'
import * as membership from '../group/membership.ts'
import { transact } from '../store/transaction.ts'
import { bury } from './tombstone.ts'

/** The most of each kind that a step takes away. */
const stepSize = 50
const rowsAtOnce = 1_000
/**
 * Longer than a call may take that was let in before the account was deleted. What it has made since is erased then, and only then
 * is the erasure over.
 */
const settlingMs = 2 * 60_000
const deletionsAtOnce = 100

/** Takes away a bounded part; returns whether there was anything, so that there may be more. */
type Step = (clients: PushClients, userId: number) => Promise<boolean>

const steps: readonly Step[] = [
  eraseContacts,
  eraseNames,
  eraseMemberships,
  eraseGroupRequests,
  eraseReactions,
  eraseFiles,
  eraseSessions,
]

/** Erases until nothing is left, or until the time is over; returns whether nothing is left. May be repeated at any time. */
export async function goOn(clients: PushClients, userId: number, until: number): Promise<boolean> {
  for (const step of steps) {
    while (await step(clients, userId)) if (Date.now() >= until) return false
  }
  return true
}

/** Goes on with the erasures of accounts that were deleted some minutes ago; returns how many are over. */
export async function sweep(clients: PushClients, now: number, until: number): Promise<{ erased: number }> {
  const due = await clients.db
    .selectFrom('deletions')
    .select('user_id')
    .where('deleted_at', '<=', now - settlingMs)
    .orderBy('deleted_at')
    .limit(deletionsAtOnce)
    .execute()
  let erased = 0
  for (const { user_id } of due) {
    if (Date.now() >= until) break
    // One that fails must not keep the others.
    if (await finish(clients, user_id, until).catch(logFailure)) erased += 1
  }
  return { erased }
}

function logFailure(error: unknown): false {
  log.error('erasure stopped', error)
  return false
}

async function finish(clients: PushClients, userId: number, until: number): Promise<boolean> {
  if (await buryIfOrdered(clients, userId)) return false
  // Who deleted it may have got no further than the commit.
  await session.load(clients, userId)
  await delivery.closeSessions(clients, userId)
  if (!(await goOn(clients, userId, until))) return false
  await clients.db.deleteFrom('deletions').where('user_id', '=', userId).execute()
  return true
}

/** Buries an account that its operator has put on the list; its erasure begins two minutes later. */
async function buryIfOrdered(clients: Clients, userId: number): Promise<boolean> {
  const user = await clients.db
    .selectFrom('users')
    .select(['id', 'username_key'])
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (!user || !(await bury(clients, user))) return false
  await delivery.closeSessions(clients, userId)
  return true
}

async function eraseContacts(clients: Clients, userId: number): Promise<boolean> {
  const contacts = await contactsOf(clients, userId)
  const friends: number[] = []
  for (const contact of contacts) if (await eraseContact(clients, userId, contact)) friends.push(contact)
  await delivery.notify(
    clients,
    friends.flatMap((one) => delivery.changeBetween('friend_removed', userId, one)),
  )
  return contacts.size > 0
}

/** Some of those with whom there is a relation or a request, in whatever direction. */
async function contactsOf({ db }: Pick<Clients, 'db'>, userId: number): Promise<Set<number>> {
  const relations = db.selectFrom('relations').limit(stepSize)
  const requests = db.selectFrom('friend_requests').limit(stepSize)
  const found = await Promise.all([
    relations.select('target_id as id').where('owner_id', '=', userId).execute(),
    relations.select('owner_id as id').where('target_id', '=', userId).execute(),
    requests.select('receiver_id as id').where('sender_id', '=', userId).execute(),
    requests.select('sender_id as id').where('receiver_id', '=', userId).execute(),
  ])
  return new Set(found.flat().map(({ id }) => id))
}

/** Erases what two users have with each other; returns whether they were friends. */
async function eraseContact({ db }: Pick<Clients, 'db'>, one: number, other: number): Promise<boolean> {
  return await transact({ db }, async (tx) => {
    const locked = await conversation.lock(tx, pairOf(one, other))
    const wereFriends = locked !== undefined && (await friend.unfriend(tx, locked, one, other))
    await tx
      .deleteFrom('relations')
      .where(({ and, or }) => or([and({ owner_id: one, target_id: other }), and({ owner_id: other, target_id: one })]))
      .execute()
    await tx
      .deleteFrom('friend_requests')
      .where(({ and, or }) =>
        or([and({ sender_id: one, receiver_id: other }), and({ sender_id: other, receiver_id: one })]),
      )
      .execute()
    return wereFriends
  })
}

/** In the language that those get who do not say which. */
const language = 'zh'

async function eraseMemberships(clients: PushClients, userId: number): Promise<boolean> {
  const groups = await clients.db
    .selectFrom('members as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .select(sql<number>`c.group_id`.as('group_id'))
    .where('m.user_id', '=', userId)
    .where('m.state', '=', MemberState.active)
    .where('c.kind', '=', ChatType.group)
    .limit(stepSize)
    .execute()
  for (const { group_id } of groups) {
    await membership.quit(clients, { userId, language }, { group_id }).catch((error) => {
      // Another erasure of the same account was there before.
      if (!(error instanceof Refusal)) throw error
    })
  }
  return groups.length > 0
}

async function eraseGroupRequests({ db }: Clients, userId: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('group_requests')
    .where('sender_id', '=', userId)
    .limit(rowsAtOnce)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** What the user felt about messages of others, in conversations that go on. */
async function eraseReactions({ db }: Clients, userId: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('reactions')
    .where('user_id', '=', userId)
    .limit(rowsAtOnce)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** What groups called the user. */
async function eraseNames({ db }: Clients, userId: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('members')
    .set({ nickname: '' })
    .where('user_id', '=', userId)
    .where('nickname', '<>', '')
    .limit(rowsAtOnce)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Pictures of the user, and what was never sent, are swept. Files in messages stay with them. */
async function eraseFiles({ db }: Clients, userId: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('media')
    .set({ used_at: null, created_at: 0 })
    .where('owner_id', '=', userId)
    .where('created_at', '>', 0)
    .where((eb) => eb.or([eb('used_at', 'is', null), eb('path', 'like', `${folders.avatar}/%`)]))
    .limit(rowsAtOnce)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

async function eraseSessions({ db }: Clients, userId: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('open_sessions')
    .where('user_id', '=', userId)
    .limit(rowsAtOnce)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
