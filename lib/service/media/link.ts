/** Links between files and the messages that they were sent in: whoever may read such a message may see the file. */
import { CompiledQuery } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import { folders, mediaPathOf } from '../../core/media-path.ts'
import { type NewMessage, textMedia } from '../../schema/tables.ts'

interface Sent {
  row: NewMessage
}

// Whoever sends a file may see it: it is their own, or was sent in a message that they may read.
const link = `select m.id, ?, ? from media as m where m.name = ? and m.path = ? and (m.owner_id = ? or exists (
  select 1 from media_links as l join members as n on n.conversation_id = l.conversation_id
  where l.media_id = m.id and n.user_id = ? and l.seq >= n.from_seq and (n.until_seq is null or l.seq <= n.until_seq)))`

/** Two statements for a batch; none if no message of it has a file. */
export function linksOf(db: Db, added: readonly Sent[], now: number): CompiledQuery[] {
  const parts: string[] = []
  const names: Buffer[] = []
  const parameters: unknown[] = []
  for (const { row } of added) {
    const { conversation_id, seq, from_user_id, content, media } = row
    if (media === textMedia || from_user_id === 0) continue
    const path = mediaPathOf(content)
    if (path?.folder !== folders.chat) continue
    parts.push(link)
    names.push(path.name)
    parameters.push(conversation_id, seq, path.name, path.path, from_user_id, from_user_id)
  }
  if (parts.length === 0) return []
  const text = `insert ignore into media_links (media_id, conversation_id, seq) ${parts.join(' union all ')}`
  const used = db.updateTable('media').set({ used_at: now }).where('name', 'in', names).where('used_at', 'is', null)
  return [CompiledQuery.raw(text, parameters), used.compile()]
}
