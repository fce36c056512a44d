import { ArrowLeft, Ban, EllipsisVertical, PencilLine, Phone, Search, UserMinus, Video } from 'lucide-react'
import { type RefObject, useRef, useState } from 'react'
import { Link } from 'wouter'
import { blockPerson, deleteFriend, nameFriend, startCall } from '../../model/actions.ts'
import { type Conversation, useApp } from '../../model/state.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { IconButton } from '../../parts/button.tsx'
import { Menu, type MenuItem } from '../../parts/menu.tsx'
import { useIsNarrow } from '../narrow.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { GroupActions } from './group-actions.tsx'
import css from './head.module.css'
import { NameDialog } from './name-dialog.tsx'
import { useThreadText } from './texts.ts'

type Asked = 'rename' | 'block' | 'remove'

/** The panel that finds messages here. */
interface SearchToggle {
  isOpen: boolean
  button: RefObject<HTMLButtonElement | null>
  toggle: () => void
}

export function Head({ conversationKey, search }: { conversationKey: string; search: SearchToggle }) {
  const t = useThreadText()
  const conversation = useApp(({ conversations }) => conversations[conversationKey])
  return (
    <header className={css.head}>
      <Link to="/" className={css.back} aria-label={t('back')} title={t('back')}>
        <ArrowLeft size={20} aria-hidden="true" />
      </Link>
      {conversation && <About conversation={conversation} search={search} />}
    </header>
  )
}

function About({ conversation, search }: { conversation: Conversation; search: SearchToggle }) {
  const t = useThreadText()
  const { title, target_id, avatar, isOpen, online, group } = conversation
  // Beside the buttons of calls a phone has no room.
  const isInMenu = useIsNarrow() && isOpen && !group
  return (
    <>
      <Avatar name={title} id={target_id} src={avatar} online={isOpen && !group ? online : undefined} />
      <div className={css.about}>
        <h1>
          <bdi>{title}</bdi>
        </h1>
        <Presence conversation={conversation} />
      </div>
      {!isInMenu && (
        <IconButton ref={search.button} label={t('search')} aria-expanded={search.isOpen} onClick={search.toggle}>
          <Search size={20} />
        </IconButton>
      )}
      {conversation.chat_type === 2 ? (
        <>
          {isOpen && <CallButtons conversationKey={conversation.key} />}
          <Actions conversation={conversation} search={isInMenu ? search : undefined} />
        </>
      ) : (
        group && isOpen && <GroupActions conversation={conversation} group={group} />
      )}
    </>
  )
}

function CallButtons({ conversationKey }: { conversationKey: string }) {
  const t = useThreadText()
  const isBusy = useApp(({ call }) => call !== undefined && call.state !== 'over')
  return (
    <div className={css.calls}>
      <IconButton label={t('callAudio')} disabled={isBusy} onClick={() => startCall(conversationKey, false)}>
        <Phone size={20} />
      </IconButton>
      <IconButton label={t('callVideo')} disabled={isBusy} onClick={() => startCall(conversationKey, true)}>
        <Video size={20} />
      </IconButton>
    </div>
  )
}

function Presence({ conversation: { isTyping, isOpen, online, username, group } }: { conversation: Conversation }) {
  const t = useThreadText()
  if (isOpen && isTyping) return <p className={css.typing}>{t('typing')}</p>
  if (group) return <p>{isOpen && t('members', { count: group.memberCount })}</p>
  return isOpen && online ? <p className={css.online}>{t('online')}</p> : <p>{username && <bdi>@{username}</bdi>}</p>
}

/** What can be done with a conversation. */
function Actions({ conversation, search }: { conversation: Conversation; search: SearchToggle | undefined }) {
  const t = useThreadText()
  const [asked, setAsked] = useState<Asked>()
  const own = useRef<HTMLButtonElement>(null)
  const button = search?.button ?? own
  const find = search ? [{ label: t('search'), icon: <Search size={18} />, onSelect: search.toggle }] : []
  const rename = { label: t('rename'), icon: <PencilLine size={18} />, onSelect: () => setAsked('rename') }
  const block = { label: t('block'), icon: <Ban size={18} />, isDanger: true, onSelect: () => setAsked('block') }
  const remove = {
    label: t('remove'),
    icon: <UserMinus size={18} />,
    isDanger: true,
    onSelect: () => setAsked('remove'),
  }
  const items: MenuItem[] = conversation.isOpen ? [...find, rename, block, remove] : [block]
  const trigger = (
    <IconButton ref={button} label={t('more')}>
      <EllipsisVertical size={20} />
    </IconButton>
  )
  return (
    <>
      <Menu trigger={trigger} items={items} />
      <Dialogs conversation={conversation} asked={asked} onClose={() => setAsked(undefined)} returnTo={button} />
    </>
  )
}

interface DialogsProps {
  conversation: Conversation
  asked: Asked | undefined
  onClose: () => void
  returnTo: RefObject<HTMLElement | null>
}

/** Each thing that ends something asks once, and says what it means. */
function Dialogs({ conversation: { target_id, title, desc }, asked, ...rest }: DialogsProps) {
  const t = useThreadText()
  return (
    <>
      {asked === 'rename' && (
        <NameDialog
          title={t('renameTitle', { name: title })}
          label={t('name')}
          hint={t('renameHint')}
          initial={desc}
          longest={64}
          onSave={(name) => nameFriend(target_id, name)}
          {...rest}
        />
      )}
      <ConfirmDialog
        isOpen={asked === 'block'}
        title={t('blockTitle', { name: title })}
        description={t('blockMeans', { name: title })}
        action={t('block')}
        onConfirm={() => blockPerson(target_id)}
        {...rest}
      />
      <ConfirmDialog
        isOpen={asked === 'remove'}
        title={t('removeTitle', { name: title })}
        description={t('removeMeans')}
        action={t('remove')}
        onConfirm={() => deleteFriend(target_id)}
        {...rest}
      />
    </>
  )
}
