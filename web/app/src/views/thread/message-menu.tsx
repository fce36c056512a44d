import * as Radix from '@radix-ui/react-dropdown-menu'
import { Copy, PencilLine, Reply, SmilePlus, Undo2 } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, type RefObject, useRef } from 'react'
import { reactTo } from '../../model/actions.ts'
import { type ShownMessage, useApp } from '../../model/state.ts'
import { useChangeText } from './change-texts.ts'
import { isChangeable, isEditable } from './changeable.ts'
import css from './changes.module.css'
import { compose } from './composing.ts'

const quick = ['👍', '❤️', '😂', '😮', '😢', '🙏']

export interface MessageMenuProps {
  conversationKey: string
  message: ShownMessage & { seq: number }
  /** Where it opens. */
  anchor: DOMRect
  onClose: () => void
  onRecall: () => void
  onOtherEmoji: () => void
  /** Takes the focus when nothing else does. */
  returnTo: RefObject<HTMLElement | null>
}

/** What can be done with one message. Loaded when it is first opened. */
export default function MessageMenu(props: MessageMenuProps) {
  const { conversationKey, message, anchor, onClose, onRecall, onOtherEmoji, returnTo } = props
  const t = useChangeText()
  const { seq, content } = message
  const ownId = useApp(({ session }) => session?.user_id)
  const isOpen = useApp(({ conversations }) => conversations[conversationKey]?.isOpen ?? false)
  // The dialog, the picker and the field take the focus themselves.
  const leadsOn = useRef(false)
  const item = (label: string, icon: ReactNode, act: () => void, isDanger = false, leads = true) => (
    <Radix.Item
      className={`${css.item} ${isDanger ? css.danger : ''}`}
      onSelect={() => {
        leadsOn.current = leads
        act()
      }}
    >
      {icon}
      {label}
    </Radix.Item>
  )
  const edit = () => compose(conversationKey, { kind: 'edit', seq, text: content })
  const copy = () => void copyText(content)
  const giveBack = (event: Event) => {
    event.preventDefault()
    if (!leadsOn.current) returnTo.current?.focus({ preventScroll: true })
  }
  const { left, top, width, height } = anchor
  return (
    <Radix.Root open modal={false} onOpenChange={(isStill) => isStill || onClose()}>
      <Radix.Trigger
        className={css.anchor}
        style={{ left, top, width, height }}
        tabIndex={-1}
        aria-hidden="true"
        aria-label={t('actions')}
      />
      <Radix.Portal>
        <Radix.Content
          className={css.menu}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          onInteractOutside={() => {
            leadsOn.current = true
          }}
          onCloseAutoFocus={giveBack}
        >
          {isOpen && (
            <Emojis message={message} conversationKey={conversationKey}>
              <Radix.Item
                className={css.emoji}
                aria-label={t('otherEmoji')}
                title={t('otherEmoji')}
                onSelect={() => {
                  leadsOn.current = true
                  onOtherEmoji()
                }}
              >
                <SmilePlus size={20} aria-hidden="true" />
              </Radix.Item>
            </Emojis>
          )}
          {isOpen && item(t('reply'), <Reply size={18} />, () => compose(conversationKey, { kind: 'reply', seq }))}
          {isOpen && isEditable(message, ownId) && item(t('edit'), <PencilLine size={18} />, edit)}
          {message.media === 1 && item(t('copy'), <Copy size={18} />, copy, false, false)}
          {isOpen && isChangeable(message, ownId) && item(t('recall'), <Undo2 size={18} />, onRecall, true)}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** Pages that do not come over TLS may copy what is selected alone. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return await navigator.clipboard.writeText(text).catch(() => {})
  const box = document.createElement('textarea')
  box.value = text
  document.body.append(box)
  box.select()
  document.execCommand('copy')
  box.remove()
}

interface EmojisProps {
  conversationKey: string
  message: ShownMessage & { seq: number }
  children: ReactNode
}

/** The usual ones, in a row: the person's own is marked, and taken back by being chosen again. */
function Emojis({ conversationKey, message: { seq, reactions = [] }, children }: EmojisProps) {
  const t = useChangeText()
  const ownId = useApp(({ session }) => session?.user_id ?? 0)
  const own = reactions.find(({ user_ids }) => user_ids.includes(ownId))?.emoji
  return (
    <Radix.Group className={css.emojis} onKeyDown={moveInRow}>
      {quick.map((emoji) => (
        <Radix.CheckboxItem
          key={emoji}
          className={css.emoji}
          checked={emoji === own}
          aria-label={t('reactWith', { emoji })}
          onSelect={() => void reactTo(conversationKey, seq, emoji === own ? undefined : emoji)}
        >
          {emoji}
        </Radix.CheckboxItem>
      ))}
      {children}
    </Radix.Group>
  )
}

/** A row goes on to the right, as well as down. */
function moveInRow({ key, target }: KeyboardEvent): void {
  if (!(target instanceof HTMLElement)) return
  const next = key === 'ArrowRight' ? target.nextElementSibling : target.previousElementSibling
  if ((key === 'ArrowRight' || key === 'ArrowLeft') && next instanceof HTMLElement) next.focus()
}
