/** How far members have read. */
import type { Clients, PushClients } from '../../client/clients.ts'
import { ChatType, keyOf } from '../../core/address.ts'
import { Refusal } from '../../core/refusal.ts'
import { MemberState } from '../../schema/tables.ts'
import type { Target } from '../../wire/friend.ts'
import type { Reads, ReadsQuery } from '../../wire/group.ts'
import * as slice from '../connection/slice.ts'
import * as conversation from '../conversation/conversation.ts'
import * as member from '../conversation/member.ts'
import * as readMark from '../conversation/read-mark.ts'
import { transact } from '../store/transaction.ts'
import { requireMember } from './group.ts'

/**
 * Moves the caller's read mark to the end of the group, and tells others when it has moved.
 *
 * @throws Refusal NOT_MEMBER
 */
export async function mark(clients: PushClients, caller: number, { target_id: group }: Target): Promise<void> {
  const moved = await transact(clients, async (tx) => {
    const locked = await conversation.lock(tx, { chatType: ChatType.group, group })
    const reader = locked && (await member.find(tx, locked, caller))
    if (!reader) throw new Refusal('NOT_MEMBER')
    if (reader.read_seq === locked.last_seq) return undefined
    await tx.executeQuery(
      readMark.move(tx, [{ conversationId: locked.id, userId: caller, peerId: 0, seq: locked.last_seq }]),
    )
    return { seq: locked.last_seq, recipients: await readMark.recipientsOf(tx, locked.id, caller) }
  })
  if (!moved) return
  const read = { reader: caller, target: group, chatType: ChatType.group, seq: moved.seq }
  const key = keyOf({ chatType: ChatType.group, group })
  await slice.notify(clients, [{ ...readMark.pushOf(moved.recipients, read), key }])
}

const listed = 1_000

/**
 * Who has read a message of a group: of the members who may see it and have not written it. The first thousand are named.
 *
 * @throws Refusal NOT_MEMBER
 */
export async function reads(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { group_id, seq }: ReadsQuery,
): Promise<Reads> {
  const conversationId = await requireMember(db, caller, group_id)
  const of = db
    .selectFrom('members as m')
    .innerJoin('messages as x', 'x.conversation_id', 'm.conversation_id')
    .where('m.conversation_id', '=', conversationId)
    .where('x.seq', '=', seq)
    .where('m.state', '=', MemberState.active)
    .where('m.from_seq', '<=', seq)
    .whereRef('m.user_id', '<>', 'x.from_user_id')
  const counted = await of
    .select(({ fn, eb }) => [
      fn.countAll<number>().as('total'),
      fn.sum<number>(eb.case().when('m.read_seq', '>=', seq).then(1).else(0).end()).as('read'),
    ])
    .executeTakeFirstOrThrow()
  const readers = await of
    .select('m.user_id')
    .where('m.read_seq', '>=', seq)
    .orderBy('m.user_id')
    .limit(listed)
    .execute()
  return {
    read: Number(counted.read ?? 0),
    total: Number(counted.total),
    user_ids: readers.map(({ user_id }) => user_id),
  }
}
