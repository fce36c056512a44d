import { EllipsisVertical } from 'lucide-react'
import { type RefObject, useCallback, useState } from 'react'
import { inviteTo, kick, makeOwner, membersOf, muteMember, setRole } from '../../model/actions.ts'
import { type GroupFacts, type GroupMember, useApp } from '../../model/state.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Button, IconButton } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Menu, type MenuItem } from '../../parts/menu.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import { useLoad } from '../common/load.ts'
import { Waiting } from '../common/waiting.tsx'
import css from './members-dialog.module.css'

const { useText } = defineTexts(
  {
    title: 'Members of {{name}}',
    code: 'Others find the group by the code {{code}}.',
    members: 'Members',
    you: 'You',
    owner: 'Owner',
    administrator: 'Administrator',
    muted: 'muted',
    actions: 'What to do with {{name}}',
    makeAdministrator: 'Make administrator',
    makeMember: 'Make ordinary member',
    makeOwner: 'Make owner',
    mute: 'Mute',
    unmute: 'Let write again',
    remove: 'Remove from the group',
    friends: 'Friends who are not in it',
    noFriends: 'All of your friends are in it.',
    add: 'Add',
    addName: 'Add {{name}}',
  },
  {
    title: '{{name}} 的成员',
    code: '其他人可用群号 {{code}} 找到本群。',
    members: '群成员',
    you: '我',
    owner: '群主',
    administrator: '管理员',
    muted: '已禁言',
    actions: '对 {{name}} 的操作',
    makeAdministrator: '设为管理员',
    makeMember: '取消管理员',
    makeOwner: '转让群主',
    mute: '禁言',
    unmute: '解除禁言',
    remove: '移出群聊',
    friends: '不在群中的好友',
    noFriends: '您的好友都已在群中。',
    add: '添加',
    addName: '添加 {{name}}',
  },
)

interface MembersDialogProps {
  groupId: number
  name: string
  group: GroupFacts
  onClose: () => void
  returnTo: RefObject<HTMLElement | null>
}

/** Who belongs to a group, and who might. */
export default function MembersDialog({ groupId, name, group, onClose, returnTo }: MembersDialogProps) {
  const t = useText()
  const read = useCallback(() => membersOf(groupId), [groupId])
  const { loaded, reload, change } = useLoad(read)
  const [failure, setFailure] = useState<unknown>()
  const run = async (work: () => Promise<void>) => {
    setFailure(undefined)
    try {
      await work()
      const members = await read()
      change(() => members)
    } catch (error) {
      setFailure(error)
    }
  }
  return (
    <Dialog
      title={t('title', { name })}
      description={t('code', { code: group.code })}
      isOpen
      onClose={onClose}
      returnTo={returnTo}
    >
      <div className={css.scroll}>
        {failure !== undefined && <Failure failure={failure} />}
        {loaded.state === 'loading' && <Rows />}
        {loaded.state === 'failed' && <Failure failure={loaded.failure} onRetry={reload} />}
        {loaded.state === 'ready' && <Members groupId={groupId} group={group} members={loaded.data} onRun={run} />}
        {loaded.state === 'ready' && group.role <= 2 && (
          <Friends members={loaded.data} onAdd={(id) => run(() => inviteTo(groupId, [id]))} />
        )}
      </div>
    </Dialog>
  )
}

function Rows() {
  return (
    <Waiting className={css.list}>
      {[120, 90, 140].map((width) => (
        <div key={width} className={css.row}>
          <Skeleton width={36} height={36} radius="28%" />
          <Skeleton width={width} height={18} />
        </div>
      ))}
    </Waiting>
  )
}

interface MembersProps {
  groupId: number
  group: GroupFacts
  members: readonly GroupMember[]
  onRun: (work: () => Promise<void>) => Promise<void>
}

function Members({ groupId, group, members, onRun }: MembersProps) {
  const t = useText()
  const ownId = useApp(({ session }) => session?.user_id)
  const itemsFor = ({ user_id, role, mute }: GroupMember): MenuItem[] => {
    const item = (label: string, work: () => Promise<void>, isDanger = false): MenuItem => ({
      ...{ label, isDanger },
      onSelect: () => void onRun(work),
    })
    if (group.role >= 3 || group.role >= role) return []
    const roles =
      role === 2
        ? item(t('makeMember'), () => setRole(groupId, user_id, 3))
        : item(t('makeAdministrator'), () => setRole(groupId, user_id, 2))
    return [
      ...(group.role === 1 ? [roles, item(t('makeOwner'), () => makeOwner(groupId, user_id))] : []),
      item(t(mute ? 'unmute' : 'mute'), () => muteMember(groupId, user_id, !mute)),
      item(t('remove'), () => kick(groupId, user_id), true),
    ]
  }
  return (
    <ul className={css.list} aria-label={t('members')}>
      {members.map((member) => (
        <MemberRow key={member.user_id} member={member} isSelf={member.user_id === ownId} items={itemsFor(member)} />
      ))}
    </ul>
  )
}

interface MemberRowProps {
  member: GroupMember
  isSelf: boolean
  items: readonly MenuItem[]
}

function MemberRow({ member: { user_id, nickname, avatar, role, mute }, isSelf, items }: MemberRowProps) {
  const t = useText()
  const notes = [
    isSelf && t('you'),
    role === 1 && t('owner'),
    role === 2 && t('administrator'),
    mute === 1 && t('muted'),
  ].filter((note) => note !== false)
  const trigger = (
    <IconButton label={t('actions', { name: nickname })}>
      <EllipsisVertical size={18} />
    </IconButton>
  )
  return (
    <li className={css.row}>
      <Avatar id={user_id} name={nickname} src={avatar} size="small" />
      <span className={css.name}>
        <bdi>{nickname}</bdi>
        {notes.length > 0 && <small>{notes.join(' · ')}</small>}
      </span>
      {items.length > 0 && <Menu trigger={trigger} items={items} />}
    </li>
  )
}

interface FriendsProps {
  members: readonly GroupMember[]
  onAdd: (id: number) => Promise<void>
}

function Friends({ members, onAdd }: FriendsProps) {
  const t = useText()
  const conversations = useApp((state) => state.conversations)
  const [busy, setBusy] = useState<number>()
  const inside = new Set(members.map(({ user_id }) => user_id))
  const friends = Object.values(conversations)
    .filter(({ chat_type, isOpen, target_id }) => chat_type === 2 && isOpen && !inside.has(target_id))
    .sort((one, other) => one.title.localeCompare(other.title))
  const add = async (id: number) => {
    setBusy(id)
    await onAdd(id)
    setBusy(undefined)
  }
  return (
    <>
      <h3 className={css.heading}>{t('friends')}</h3>
      {friends.length === 0 && <p className={css.none}>{t('noFriends')}</p>}
      <ul className={css.list} aria-label={t('friends')}>
        {friends.map(({ target_id, title, avatar }) => (
          <li key={target_id} className={css.row}>
            <Avatar id={target_id} name={title} src={avatar} size="small" />
            <span className={css.name}>
              <bdi>{title}</bdi>
            </span>
            <Button
              aria-label={t('addName', { name: title })}
              isBusy={busy === target_id}
              onClick={() => void add(target_id)}
            >
              {t('add')}
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
}
