/** Chooses the picture of a person or of a group, shows it, and uploads it. */
import { ImageUp } from 'lucide-react'
import { type ChangeEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { uploadPicture } from '../../model/actions.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from './failure.tsx'
import css from './picture-dialog.module.css'

const { useText } = defineTexts(
  {
    hint: 'A JPEG, PNG, GIF or WebP of at most 20 MB. It is cut to a square, and anybody may see it.',
    choose: 'Choose a picture',
    other: 'Choose another one',
    unreadable: 'This picture cannot be read. Choose another one.',
    remove: 'Remove picture',
    cancel: 'Cancel',
    save: 'Save',
    progress: 'Upload',
  },
  {
    hint: '支持 JPEG、PNG、GIF、WebP，不超过 20 MB；图片会裁成方形，所有人可见。',
    choose: '选择图片',
    other: '另选一张',
    unreadable: '无法读取此图片，请另选一张。',
    remove: '移除图片',
    cancel: '取消',
    save: '保存',
    progress: '上传',
  },
)

interface PictureDialogProps {
  title: string
  type: 'avatar' | 'group_icon'
  /** Whose picture it is, and the one that is shown now. */
  name: string
  id: number
  current: string
  /** An address; empty for none. */
  onSave: (address: string) => Promise<void>
  onClose: () => void
  returnTo: RefObject<HTMLElement | null>
}

export default function PictureDialog(props: PictureDialogProps) {
  const { title, type, name, id, current, onSave, onClose, returnTo } = props
  const t = useText()
  const input = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File>()
  const [isUnreadable, setUnreadable] = useState(false)
  const { sent, busy, failure, run } = useSaving(onSave, onClose)
  const onChange = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = target.files ?? []
    target.value = ''
    if (!chosen) return
    setFile(chosen)
    setUnreadable(false)
  }
  const upload = (chosen: File) => run('save', (onProgress, signal) => uploadPicture(chosen, type, onProgress, signal))
  return (
    <Dialog title={title} description={t('hint')} isOpen onClose={onClose} returnTo={returnTo}>
      <div className={css.shown}>
        {file && !isUnreadable ? (
          <Preview key={`${file.name} ${file.lastModified}`} file={file} onFailure={() => setUnreadable(true)} />
        ) : (
          <Avatar name={name} id={id} src={current} size="large" />
        )}
        <div className={css.choice}>
          <Button disabled={busy !== undefined} onClick={() => input.current?.click()}>
            <ImageUp size={18} aria-hidden="true" />
            {t(file ? 'other' : 'choose')}
          </Button>
          {current !== '' && !file && (
            <Button kind="danger" isBusy={busy === 'remove'} onClick={() => run('remove', async () => '')}>
              {t('remove')}
            </Button>
          )}
        </div>
      </div>
      <input ref={input} type="file" hidden accept="image/jpeg,image/png,image/gif,image/webp" onChange={onChange} />
      <div className={css.state}>
        {busy === 'save' && file && <progress value={sent} max={file.size} aria-label={t('progress')} />}
        {isUnreadable && <p role="alert">{t('unreadable')}</p>}
        {failure !== undefined && <Failure failure={failure} />}
      </div>
      <div className={css.buttons}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button
          kind="main"
          isBusy={busy === 'save'}
          disabled={!file || isUnreadable}
          onClick={() => file && upload(file)}
        >
          {t('save')}
        </Button>
      </div>
    </Dialog>
  )
}

type Work = (onProgress: (sent: number) => void, signal: AbortSignal) => Promise<string>

/** Whoever closes the dialog has changed their mind. */
function useSaving(onSave: (address: string) => Promise<void>, onDone: () => void) {
  const [sent, setSent] = useState(0)
  const [busy, setBusy] = useState<'save' | 'remove'>()
  const [failure, setFailure] = useState<unknown>()
  const control = useRef<AbortController>(undefined)
  useEffect(() => () => control.current?.abort(), [])
  const run = async (what: 'save' | 'remove', work: Work) => {
    const begun = new AbortController()
    const { signal } = begun
    control.current = begun
    setSent(0)
    setBusy(what)
    setFailure(undefined)
    try {
      const address = await work(setSent, signal)
      if (signal.aborted) return
      await onSave(address)
      onDone()
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(undefined)
    }
  }
  return { sent, busy, failure, run: (what: 'save' | 'remove', work: Work) => void run(what, work) }
}

function Preview({ file, onFailure }: { file: File; onFailure: () => void }) {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    const made = URL.createObjectURL(file)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return <span className={css.preview}>{address && <img src={address} alt="" onError={onFailure} />}</span>
}
