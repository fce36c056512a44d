import { EllipsisVertical, Image as ImageIcon, LogOut, PencilLine, Trash2, Users } from 'lucide-react'
import { lazy, type RefObject, Suspense, useRef, useState } from 'react'
import { dissolveGroup, leaveGroup, renameGroup, setGroupIcon, setGroupNotify } from '../../model/actions.ts'
import type { Conversation, GroupFacts } from '../../model/state.ts'
import { IconButton } from '../../parts/button.tsx'
import { Menu, type MenuItem } from '../../parts/menu.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { NameDialog } from './name-dialog.tsx'
import { useThreadText } from './texts.ts'

const MembersDialog = lazy(() => import('./members-dialog.tsx'))
const PictureDialog = lazy(() => import('../common/picture-dialog.tsx'))

type Asked = 'members' | 'rename' | 'picture' | 'leave' | 'dissolve'

interface GroupActionsProps {
  conversation: Conversation
  group: GroupFacts
}

/** What can be done with a group, by the role that one has in it. */
export function GroupActions({ conversation, group }: GroupActionsProps) {
  const t = useThreadText()
  const [asked, setAsked] = useState<Asked>()
  const button = useRef<HTMLButtonElement>(null)
  const item = (what: Asked, label: string, icon: MenuItem['icon'], isDanger = false): MenuItem => ({
    ...{ label, icon, isDanger },
    onSelect: () => setAsked(what),
  })
  const items = [
    item('members', t('groupMembers'), <Users size={18} />),
    ...(group.role <= 2
      ? [
          item('rename', t('groupRename'), <PencilLine size={18} />),
          item('picture', t('groupPicture'), <ImageIcon size={18} />),
        ]
      : []),
    item('leave', t('leave'), <LogOut size={18} />, true),
    ...(group.role === 1 ? [item('dissolve', t('dissolve'), <Trash2 size={18} />, true)] : []),
  ]
  const notify = {
    label: t('notify'),
    options: [t('notifyAll'), t('notifyMentions'), t('notifyNone')],
    chosen: group.notify,
    onChoose: (level: number) => void setGroupNotify(conversation.target_id, level),
  }
  const trigger = (
    <IconButton ref={button} label={t('more')}>
      <EllipsisVertical size={20} />
    </IconButton>
  )
  return (
    <>
      <Menu trigger={trigger} items={items} choice={notify} />
      <Dialogs {...{ conversation, group, asked }} onClose={() => setAsked(undefined)} returnTo={button} />
    </>
  )
}

interface DialogsProps extends GroupActionsProps {
  asked: Asked | undefined
  onClose: () => void
  returnTo: RefObject<HTMLElement | null>
}

function Dialogs({ conversation: { target_id, title, avatar }, group, asked, ...rest }: DialogsProps) {
  const t = useThreadText()
  return (
    <>
      {asked === 'members' && (
        <Suspense>
          <MembersDialog groupId={target_id} name={title} group={group} {...rest} />
        </Suspense>
      )}
      {asked === 'rename' && (
        <NameDialog
          title={t('groupRename')}
          label={t('groupName')}
          hint={t('groupCode', { code: group.code })}
          initial={title}
          longest={50}
          onSave={(name) => renameGroup(target_id, name)}
          {...rest}
        />
      )}
      {asked === 'picture' && (
        <Suspense>
          <PictureDialog
            {...{ title: t('groupPicture'), type: 'group_icon', id: target_id, name: title, current: avatar }}
            onSave={(icon) => setGroupIcon(target_id, icon)}
            {...rest}
          />
        </Suspense>
      )}
      <ConfirmDialog
        isOpen={asked === 'leave'}
        title={t('leaveTitle', { name: title })}
        description={t('leaveMeans')}
        action={t('leave')}
        onConfirm={() => leaveGroup(target_id)}
        {...rest}
      />
      <ConfirmDialog
        isOpen={asked === 'dissolve'}
        title={t('dissolveTitle', { name: title })}
        description={t('dissolveMeans')}
        action={t('dissolve')}
        onConfirm={() => dissolveGroup(target_id)}
        {...rest}
      />
    </>
  )
}
