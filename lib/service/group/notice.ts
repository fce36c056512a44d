/**
 * Notices: messages of a group about itself, from nobody (`from_user_id` 0). Each change of who belongs to it or who may do what
 * is one, and so has a place among the messages.
 */
import type { Language } from '../../core/refusal.ts'

/** `by` has done it, `who` it was done to, `name` is what the group is called. */
const texts = {
  created: { zh: '{by} 创建了群聊', en: '{by} created the group' },
  joined: { zh: '{who} 加入了群聊', en: '{who} joined the group' },
  added: { zh: '{by} 邀请 {who} 加入了群聊', en: '{by} added {who}' },
  approved: { zh: '{by} 同意 {who} 加入群聊', en: '{by} let {who} join the group' },
  left: { zh: '{who} 退出了群聊', en: '{who} left the group' },
  removed: { zh: '{by} 将 {who} 移出了群聊', en: '{by} removed {who}' },
  renamed: { zh: '{by} 将群名改为“{name}”', en: '{by} named the group “{name}”' },
  administrator: { zh: '{by} 将 {who} 设为管理员', en: '{by} made {who} an administrator' },
  member: { zh: '{by} 取消了 {who} 的管理员身份', en: '{by} made {who} an ordinary member' },
  owner: { zh: '{who} 成为群主', en: '{who} owns the group now' },
  muted: { zh: '{by} 将 {who} 禁言', en: '{by} muted {who}' },
  unmuted: { zh: '{by} 解除了 {who} 的禁言', en: '{by} lets {who} write again' },
  allMuted: { zh: '{by} 开启了全员禁言', en: '{by} lets only administrators write' },
  allUnmuted: { zh: '{by} 关闭了全员禁言', en: '{by} lets everybody write again' },
  dissolved: { zh: '{by} 解散了群聊', en: '{by} dissolved the group' },
} as const satisfies Record<string, Record<Language, string>>

export type NoticeKind = keyof typeof texts

/** Whom and what a notice names, by what the group calls them. */
export interface Named {
  by: string
  who: readonly string[]
  name: string
}

const shown = 10

/** The text of a notice. Of many people only the first are named. */
export function noticeText(kind: NoticeKind, { by, who, name }: Named, language: Language): string {
  const [separator, rest] = language === 'zh' ? ['、', ' 等 {count} 人'] : [', ', ' and others ({count})']
  const people = who.slice(0, shown).join(separator)
  const all = who.length > shown ? people + rest.replace('{count}', String(who.length)) : people
  const values = { by, who: all, name }
  return texts[kind][language].replace(/\{(by|who|name)\}/g, (_, key: keyof typeof values) => values[key])
}
