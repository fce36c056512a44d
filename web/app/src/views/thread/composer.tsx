import { SendHorizontal, Smile } from 'lucide-react'
import { lazy, memo, type PointerEvent, Suspense, useRef, useState } from 'react'
import { attachFiles, sendAttachments, sendMessage } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { IconButton } from '../../parts/button.tsx'
import { AttachMenu } from './attach-menu.tsx'
import css from './composer.module.css'
import { EmojiPopover } from './emoji-popover.tsx'
import { ImageDialog } from './image-dialog.tsx'
import { isTouch, MessageField } from './message-field.tsx'
import { useThreadText } from './texts.ts'
import { useDraft } from './use-draft.ts'

const Attachments = lazy(() => import('./attachments.tsx'))
const Voice = lazy(() => import('./voice.tsx'))

/** A press beside the field does not take the focus out of it: the keyboard of a phone stays. */
const keepFocus = (event: PointerEvent) => event.preventDefault()

/** The field for the next message, and what goes into it. */
export const Composer = memo(function Composer({ conversationKey }: { conversationKey: string }) {
  const draft = useDraft(conversationKey)
  const attachments = useApp((state) => state.attachments[conversationKey])
  const canSendFiles = attachments?.some(({ state }) => state === 'ready') ?? false
  const field = useRef<HTMLTextAreaElement>(null)
  const attachButton = useRef<HTMLButtonElement>(null)
  const [opened, setOpened] = useState<'emoji' | 'image'>()
  const [isRecording, setRecording] = useState(false)
  const close = () => setOpened(undefined)
  const send = () => {
    if (canSendFiles) void sendAttachments(conversationKey)
    draft.send()
    field.current?.focus()
  }
  const insert = (emoji: string) => {
    const box = field.current
    if (!box) return
    box.setRangeText(emoji, box.selectionStart, box.selectionEnd, 'end')
    draft.write(box.value)
  }
  const write = () => {
    if (!isTouch()) field.current?.focus()
  }
  const attach = (files: readonly File[]) => {
    void attachFiles(conversationKey, files)
    write()
  }
  const stopRecording = () => {
    setRecording(false)
    write()
  }
  const recorded = (file: File) => {
    setRecording(false)
    attach([file])
  }
  const closeAndWrite = () => {
    close()
    field.current?.focus()
  }
  return (
    <div className={css.bottom}>
      {attachments && attachments.length > 0 && (
        <Suspense>
          <Attachments conversationKey={conversationKey} attachments={attachments} onLostFocus={write} />
        </Suspense>
      )}
      {isRecording && (
        <Suspense>
          <Voice onRecorded={recorded} onCancel={stopRecording} />
        </Suspense>
      )}
      <div className={css.composer}>
        <AttachMenu
          button={attachButton}
          onFiles={attach}
          onImageByAddress={() => setOpened('image')}
          onVoice={() => setRecording(true)}
        />
        <div className={css.box}>
          <MessageField
            field={field}
            text={draft.text}
            isTooLong={draft.size.isTooLong}
            onWrite={draft.write}
            onSend={send}
          />
          <EmojiButton
            isOpen={opened === 'emoji'}
            onPress={() => setOpened(opened === 'emoji' ? undefined : 'emoji')}
          />
          <Size {...draft.size} />
        </div>
        <SendButton canSend={draft.canSend || canSendFiles} onPress={send} />
        {opened === 'emoji' && <EmojiPopover onChoose={insert} onClose={close} onEscape={closeAndWrite} />}
      </div>
      {opened === 'image' && (
        <ImageDialog
          onSend={(address) => sendMessage(conversationKey, address, 2)}
          onClose={close}
          returnTo={attachButton}
        />
      )}
    </div>
  )
})

function EmojiButton({ isOpen, onPress }: { isOpen: boolean; onPress: () => void }) {
  const t = useThreadText()
  const state = { 'aria-haspopup': 'dialog', 'aria-expanded': isOpen, 'data-opens-emoji': '' } as const
  return (
    <IconButton label={t('emoji')} {...state} onPointerDown={keepFocus} onClick={onPress}>
      <Smile size={20} aria-hidden="true" />
    </IconButton>
  )
}

function SendButton({ canSend, onPress }: { canSend: boolean; onPress: () => void }) {
  const t = useThreadText()
  return (
    <IconButton className={css.send} label={t('send')} disabled={!canSend} onPointerDown={keepFocus} onClick={onPress}>
      <SendHorizontal size={20} aria-hidden="true" />
    </IconButton>
  )
}

interface SizeProps {
  isShown: boolean
  isTooLong: boolean
  used: string
  limit: string
}

function Size({ isShown, isTooLong, used, limit }: SizeProps) {
  const t = useThreadText()
  return (
    <span className={css.size} aria-live={isTooLong ? 'polite' : 'off'} data-wrong={isTooLong || undefined}>
      {isShown && t(isTooLong ? 'tooLong' : 'size', { used, limit })}
    </span>
  )
}
