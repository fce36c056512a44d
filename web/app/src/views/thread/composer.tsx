import { Check, SendHorizontal, Smile } from 'lucide-react'
import {
  type KeyboardEvent,
  lazy,
  memo,
  type PointerEvent,
  type RefObject,
  Suspense,
  useEffect,
  useRef,
  useState,
} from 'react'
import { attachFiles, sendAttachments, sendMessage } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { IconButton } from '../../parts/button.tsx'
import { AttachMenu } from './attach-menu.tsx'
import { useChangeText } from './change-texts.ts'
import { isEditable } from './changeable.ts'
import css from './composer.module.css'
import { type Composing, compose } from './composing.ts'
import { ComposingBar } from './composing-bar.tsx'
import { EmojiPopover } from './emoji-popover.tsx'
import { ImageDialog } from './image-dialog.tsx'
import { MentionList } from './mention-list.tsx'
import { isComposingWord, isTouch, MessageField } from './message-field.tsx'
import { useThreadText } from './texts.ts'
import { useDraft } from './use-draft.ts'
import { useMention } from './use-mention.ts'

const Attachments = lazy(() => import('./attachments.tsx'))
const Voice = lazy(() => import('./voice.tsx'))

/** A press beside the field does not take the focus out of it: the keyboard of a phone stays. */
const keepFocus = (event: PointerEvent) => event.preventDefault()

/** The field for the next message, and what goes into it. */
export const Composer = memo(function Composer({ conversationKey }: { conversationKey: string }) {
  const draft = useDraft(conversationKey)
  const attachments = useApp((state) => state.attachments[conversationKey])
  const isEditing = draft.composing?.kind === 'edit'
  const canSendFiles = !isEditing && (attachments?.some(({ state }) => state === 'ready') ?? false)
  const field = useRef<HTMLTextAreaElement>(null)
  const mention = useMention(conversationKey, field, draft.write)
  useFieldFocus(field, draft.composing)
  const attachButton = useRef<HTMLButtonElement>(null)
  const [opened, setOpened] = useState<'emoji' | 'image'>()
  const [isRecording, setRecording] = useState(false)
  const close = () => setOpened(undefined)
  const send = () => {
    if (canSendFiles) {
      // One message alone is the answer: the text, if there is any, also one that is still too long.
      const answered = draft.text.trim() === '' ? draft.composing?.seq : undefined
      void sendAttachments(conversationKey, answered)
      if (answered !== undefined) compose(conversationKey)
    }
    draft.send()
    field.current?.focus()
  }
  const insert = (emoji: string) => {
    const box = field.current
    if (!box) return
    box.setRangeText(emoji, box.selectionStart, box.selectionEnd, 'end')
    draft.write(box.value)
    mention.look()
  }
  const onKey = (event: KeyboardEvent): boolean => {
    if (isComposingWord(event)) return false
    if (mention.onKey(event)) return true
    const isStopped = event.key === 'Escape' && draft.composing !== undefined
    const isLast = event.key === 'ArrowUp' && draft.text === '' && !draft.composing && editLast(conversationKey)
    if (isStopped) compose(conversationKey)
    if (isStopped || isLast) event.preventDefault()
    return isStopped || isLast
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
      {draft.composing && <ComposingBar conversationKey={conversationKey} composing={draft.composing} />}
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
            onLook={mention.look}
            onKey={onKey}
            completion={mention.completion}
          />
          <EmojiButton
            isOpen={opened === 'emoji'}
            onPress={() => setOpened(opened === 'emoji' ? undefined : 'emoji')}
          />
          <Size {...draft.size} />
        </div>
        <SendButton isEdit={isEditing} canSend={draft.canSend || canSendFiles} onPress={send} />
        {mention.completion && <MentionList {...mention.completion} />}
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

/** Whoever begins to answer or to edit writes on, behind what is there. */
function useFieldFocus(field: RefObject<HTMLTextAreaElement | null>, composing: Composing | undefined): void {
  const begun = composing && `${composing.kind} ${composing.seq}`
  const before = useRef(begun)
  useEffect(() => {
    const box = field.current
    if (!box || begun === before.current) return
    before.current = begun
    if (begun === undefined) return
    box.focus()
    box.setSelectionRange(box.value.length, box.value.length)
  }, [field, begun])
}

/** @returns whether the last message of one's own is there to be edited. */
function editLast(key: string): boolean {
  const { threads, session } = useApp.getState()
  const last = threads[key]?.messages.findLast(({ from_id, isRecalled }) => from_id === session?.user_id && !isRecalled)
  if (last?.seq === undefined || !isEditable(last, session?.user_id)) return false
  compose(key, { kind: 'edit', seq: last.seq, text: last.content })
  return true
}

function EmojiButton({ isOpen, onPress }: { isOpen: boolean; onPress: () => void }) {
  const t = useThreadText()
  const state = { 'aria-haspopup': 'dialog', 'aria-expanded': isOpen, 'data-opens-emoji': '' } as const
  return (
    <IconButton label={t('emoji')} {...state} onPointerDown={keepFocus} onClick={onPress}>
      <Smile size={20} aria-hidden="true" />
    </IconButton>
  )
}

interface SendButtonProps {
  isEdit: boolean
  canSend: boolean
  onPress: () => void
}

function SendButton({ isEdit, canSend, onPress }: SendButtonProps) {
  const t = useThreadText()
  const ofChanges = useChangeText()
  const label = isEdit ? ofChanges('save') : t('send')
  const Icon = isEdit ? Check : SendHorizontal
  return (
    <IconButton className={css.send} label={label} disabled={!canSend} onPointerDown={keepFocus} onClick={onPress}>
      <Icon size={20} aria-hidden="true" />
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
