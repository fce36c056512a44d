import { File as FileIcon, RotateCw, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { removeAttachment, retryAttachment } from '../../model/actions.ts'
import { type Attachment, mostAttached } from '../../model/state.ts'
import { IconButton } from '../../parts/button.tsx'
import { languageTag } from '../../text/texts.ts'
import css from './attachments.module.css'
import { useFailure } from './failure.ts'
import { sizeText } from './file-size.ts'
import { useFileText } from './file-texts.ts'

interface AttachmentsProps {
  conversationKey: string
  attachments: readonly Attachment[]
  /** A button has gone that had the focus. */
  onLostFocus: () => void
}

/** The files beside the field: what they are, and how far they have come. */
export default function Attachments({ conversationKey, attachments, onLostFocus }: AttachmentsProps) {
  const t = useFileText()
  const remove = (id: string) => {
    void removeAttachment(conversationKey, id)
    onLostFocus()
  }
  const retry = (id: string) => {
    void retryAttachment(conversationKey, id)
    onLostFocus()
  }
  return (
    <>
      <ul className={css.list} aria-label={t('toSend')}>
        {attachments.map((attachment) => (
          <Row key={attachment.id} attachment={attachment} onRemove={remove} onRetry={retry} />
        ))}
      </ul>
      {attachments.length >= mostAttached && (
        <p className={css.full} role="status">
          {t('full', { most: mostAttached })}
        </p>
      )}
    </>
  )
}

interface RowProps {
  attachment: Attachment
  onRemove: (id: string) => void
  onRetry: (id: string) => void
}

function Row({ attachment, onRemove, onRetry }: RowProps) {
  const t = useFileText()
  const { id, file, media, state, sent, isFinal } = attachment
  const isUnderWay = state === 'uploading' || state === 'uploaded'
  const { name } = file
  return (
    <li className={css.row} data-failed={state === 'failed' || undefined}>
      {media === 2 ? <Preview file={file} /> : <FileSign />}
      <span className={css.about}>
        <bdi className={css.name}>{name}</bdi>
        <State attachment={attachment} />
        {isUnderWay && <progress value={sent} max={file.size} aria-label={name} />}
      </span>
      {state === 'failed' && !isFinal && (
        <IconButton label={t('retryOne', { name })} onClick={() => onRetry(id)}>
          <RotateCw size={18} aria-hidden="true" />
        </IconButton>
      )}
      <IconButton label={t(isUnderWay ? 'cancelOne' : 'removeOne', { name })} onClick={() => onRemove(id)}>
        <X size={18} aria-hidden="true" />
      </IconButton>
    </li>
  )
}

function State({ attachment: { file, state, sent, reason } }: { attachment: Attachment }) {
  const t = useFileText()
  const failure = useFailure()
  if (state === 'failed') {
    const words = { MEDIA_TOO_LARGE: t('largest'), MEDIA_REFUSED: t('unusable') }[reason ?? '']
    return <small role="alert">{words ?? failure(reason)}</small>
  }
  const percent = Math.floor((100 * sent) / file.size)
  const words = {
    ready: undefined,
    waiting: t('waiting'),
    uploading: percent < 100 ? t('uploading', { percent }) : t('checking'),
    uploaded: t('waiting'),
  }[state]
  return <small>{[sizeText(file.size, languageTag()), words].filter(Boolean).join(' · ')}</small>
}

/** What the browser cannot show is a file like any other. */
function Preview({ file }: { file: File }) {
  const [address, setAddress] = useState<string>()
  const [hasFailed, setFailed] = useState(false)
  useEffect(() => {
    const made = URL.createObjectURL(file)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  if (hasFailed) return <FileSign />
  return <span className={css.preview}>{address && <img src={address} alt="" onError={() => setFailed(true)} />}</span>
}

function FileSign() {
  return (
    <span className={css.preview}>
      <FileIcon size={20} aria-hidden="true" />
    </span>
  )
}
