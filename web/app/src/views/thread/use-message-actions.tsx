import {
  type KeyboardEvent,
  lazy,
  type MouseEvent,
  type PointerEvent,
  Suspense,
  type TouchEvent,
  useRef,
  useState,
} from 'react'
import { reactTo, recallMessage } from '../../model/actions.ts'
import { type ShownMessage, useApp } from '../../model/state.ts'
import { useChangeText } from './change-texts.ts'
import css from './changes.module.css'
import { compose, composingOf } from './composing.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { EmojiPopover } from './emoji-popover.tsx'
import { messageAt } from './said.ts'

const MessageMenu = lazy(() => import('./message-menu.tsx'))

const longPressMs = 450
/** A finger that moves farther scrolls. */
const slack = 10

interface Asked {
  what: 'menu' | 'recall' | 'emoji'
  message: ShownMessage & { seq: number }
  anchor: DOMRect
}

/**
 * What can be done with each message, by one menu for all of them: `handlers` are for what holds the messages, `dialogs` stand
 * beside it. A click on a button of a message opens it, a long press on a message, or the keyboard, where arrows lead from one to the next.
 */
export function useMessageActions(key: string) {
  const [asked, setAsked] = useState<Asked>()
  const opener = useRef<HTMLElement>(null)
  const open = (article: Element, anchor: Element) => {
    const message = messageAt(useApp.getState().threads[key]?.messages ?? [], Number(article.getAttribute('data-seq')))
    if (message?.seq === undefined || message.isRecalled || message.from_id === 0) return
    opener.current = article.querySelector<HTMLElement>('[data-does=menu]')
    setAsked({ what: 'menu', message: { ...message, seq: message.seq }, anchor: anchor.getBoundingClientRect() })
  }
  const press = useLongPress(open)
  const onClick = ({ target }: MouseEvent) => {
    const button = target instanceof Element ? target.closest('[data-does]') : null
    const article = button?.closest('article')
    if (!button || !article) return
    if (button.getAttribute('data-does') === 'menu') open(article, button)
    else compose(key, { kind: 'reply', seq: Number(article.getAttribute('data-seq')) })
  }
  const handlers = { ...press, onClick, onKeyDown: moveFocus }
  const close = () => setAsked(undefined)
  // What was chosen may have opened something else.
  const closeMenu = () => setAsked((now) => (now?.what === 'menu' ? undefined : now))
  const dialogs = asked && <Dialogs {...{ conversationKey: key, asked, setAsked, close, closeMenu, opener }} />
  return { handlers, dialogs }
}

/** Of the messages that can be acted on, the one above or below. */
function moveFocus(event: KeyboardEvent): void {
  const { key, target, currentTarget } = event
  if (!(target instanceof HTMLElement) || !target.matches('[data-does=menu]')) return
  const all = [...currentTarget.querySelectorAll<HTMLElement>('[data-does=menu]')]
  const at = all.indexOf(target)
  const next = key === 'ArrowUp' ? all[at - 1] : key === 'ArrowDown' ? all[at + 1] : undefined
  if (!next) return
  event.preventDefault()
  next.focus()
}

function useLongPress(onPress: (article: Element, bubble: Element) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const from = useRef({ x: 0, y: 0 })
  const hasPressed = useRef(false)
  const end = () => clearTimeout(timer.current)
  return {
    onPointerDown: ({ pointerType, target, clientX, clientY }: PointerEvent) => {
      end()
      hasPressed.current = false
      const bubble = target instanceof Element ? target.closest('[data-bubble]') : null
      const article = bubble?.closest('article')
      if (pointerType === 'mouse' || !bubble || !article) return
      from.current = { x: clientX, y: clientY }
      timer.current = setTimeout(() => {
        hasPressed.current = true
        onPress(article, bubble)
      }, longPressMs)
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      if (Math.hypot(clientX - from.current.x, clientY - from.current.y) > slack) end()
    },
    onPointerUp: end,
    onPointerCancel: end,
    // The finger that opened the menu presses nothing when it is lifted, and takes no focus.
    onTouchEnd: (event: TouchEvent) => {
      if (hasPressed.current) event.preventDefault()
    },
    onContextMenu: (event: MouseEvent) => {
      if (hasPressed.current) event.preventDefault()
    },
  }
}

/** It is shown at once; what refuses it is told by a notice. Nobody goes on to answer or edit what is gone. */
function recall(key: string, seq: number): void {
  if (composingOf(key)?.seq === seq) compose(key)
  void recallMessage(key, seq)
}

interface DialogsProps {
  conversationKey: string
  asked: Asked
  setAsked: (asked: Asked) => void
  close: () => void
  closeMenu: () => void
  opener: React.RefObject<HTMLElement | null>
}

function Dialogs({ conversationKey, asked, setAsked, close, closeMenu, opener }: DialogsProps) {
  const t = useChangeText()
  const { what, message, anchor } = asked
  const { seq } = message
  const choose = (emoji: string) => {
    close()
    void reactTo(conversationKey, seq, emoji)
  }
  const closeAndReturn = () => {
    close()
    opener.current?.focus({ preventScroll: true })
  }
  if (what === 'menu')
    return (
      <Suspense>
        <MessageMenu
          {...{ conversationKey, message, anchor, returnTo: opener }}
          onClose={closeMenu}
          onRecall={() => setAsked({ ...asked, what: 'recall' })}
          onOtherEmoji={() => setAsked({ ...asked, what: 'emoji' })}
        />
      </Suspense>
    )
  if (what === 'emoji')
    return (
      <div className={css.picking}>
        <EmojiPopover onChoose={choose} onClose={close} onEscape={closeAndReturn} />
      </div>
    )
  return (
    <ConfirmDialog
      isOpen
      title={t('recallTitle')}
      description={t('recallMeans')}
      action={t('recall')}
      onConfirm={async () => recall(conversationKey, seq)}
      onClose={close}
      returnTo={opener}
    />
  )
}
