/** What people of a conversation are called. */
import { useEffect, useMemo } from 'react'
import { loadMembers } from '../../model/actions.ts'
import { type GroupMember, useApp } from '../../model/state.ts'
import { useChangeText } from './change-texts.ts'
import { everybody, type Named } from './mentions.ts'
import { useThreadText } from './texts.ts'

const none: readonly GroupMember[] = []

/** The members of a group, read when they are first needed; none of a friend. */
export function useMembers(key: string, isNeeded = true): readonly GroupMember[] {
  const members = useApp((state) => state.members[key])
  const isMissing = isNeeded && key.startsWith('3:') && !members
  useEffect(() => {
    if (isMissing) void loadMembers(key)
  }, [key, isMissing])
  return members ?? none
}

/** The name of somebody by their id: in a group, also of one who has left it, if what they said is here. */
export function useNames(key: string): (id: number) => string {
  const t = useThreadText()
  const ofChanges = useChangeText()
  const ownId = useApp(({ session }) => session?.user_id)
  const title = useApp(({ conversations }) => conversations[key]?.title)
  const members = useMembers(key)
  return (id) => {
    if (id === ownId) return t('you')
    if (!key.startsWith('3:')) return title ?? ''
    const member = members.find(({ user_id }) => user_id === id)
    const { messages = [] } = useApp.getState().threads[key] ?? {}
    return member?.nickname ?? messages.find(({ from_id }) => from_id === id)?.author ?? ofChanges('somebody')
  }
}

/** By which names members are mentioned. */
export const namesOf = (members: readonly GroupMember[]): Named[] => [
  ...members.map(({ user_id, nickname }) => ({ id: user_id, name: nickname })),
  ...members.map(({ user_id, username }) => ({ id: user_id, name: username })),
]

/** Those whom a message mentions, by all names that it may use. */
export function useMentioned(key: string, ids: readonly number[]): Named[] {
  const members = useMembers(key)
  return useMemo(() => [...namesOf(members), ...everybody].filter(({ id }) => ids.includes(id)), [members, ids])
}
