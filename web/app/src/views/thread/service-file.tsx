import { Download, FileText } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'
import { fileAddress } from '../../model/actions.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { Spinner } from '../../parts/spinner.tsx'
import { reasonIn } from '../../text/reason.ts'
import type { ServiceFile } from '../common/file-address.ts'
import css from './content.module.css'
import { useFailure } from './failure.ts'
import { useFileText } from './file-texts.ts'
import { useFileAddress } from './use-file-address.ts'

const PictureDialog = lazy(() => import('./picture-dialog.tsx'))

/** A file of a message that lies with the service. Its space is the same before it is there, and when it cannot be had. */
export function FileContent({ file, media }: { file: ServiceFile; media: number }) {
  if (media === 2) return <Picture path={file.path} />
  if (file.kind === 'video' || file.kind === 'audio') return <Recording file={file} player={file.kind} />
  return <FileRow file={file} />
}

function Picture({ path }: { path: string }) {
  const t = useFileText()
  const failure = useFailure()
  const { place, address, reason, fail, retry } = useFileAddress<HTMLSpanElement>(path, true)
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  return (
    <span ref={place} className={css.image}>
      {reason !== undefined && (
        <span className={css.unseen}>
          {reason === 'unusable' ? t('pictureFailed') : failure(reason)}
          <Button onClick={retry}>{t('tryAgain')}</Button>
        </span>
      )}
      {address && (
        <button ref={button} type="button" aria-label={t('openPicture')} onClick={() => setOpen(true)}>
          <img src={address} alt={t('picture')} onError={fail} />
        </button>
      )}
      {isOpen && (
        <Suspense>
          <PictureDialog path={path} small={address} onClose={() => setOpen(false)} returnTo={button} />
        </Suspense>
      )}
    </span>
  )
}

function Recording({ file, player: Player }: { file: ServiceFile; player: 'video' | 'audio' }) {
  const t = useFileText()
  const { place, address, reason, fail } = useFileAddress<HTMLVideoElement & HTMLAudioElement>(file.path, false)
  // What cannot be played here may be saved, and played elsewhere.
  if (reason !== undefined)
    return (
      <span className={css[`${Player}Instead`]}>
        <FileRow file={file} />
      </span>
    )
  return (
    <Player
      ref={place}
      className={css[Player]}
      src={address}
      controls
      preload="metadata"
      aria-label={t(Player)}
      onError={fail}
    />
  )
}

function FileRow({ file: { path, extension, kind } }: { file: ServiceFile }) {
  const t = useFileText()
  const failure = useFailure()
  const [isBusy, setBusy] = useState(false)
  const [reason, setReason] = useState<string>()
  const save = async () => {
    setBusy(true)
    setReason(undefined)
    try {
      const link = document.createElement('a')
      link.href = await fileAddress(path, false)
      // The service says what it is called.
      link.download = ''
      link.click()
    } catch (error) {
      setReason(reasonIn(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <span className={css.file}>
      <FileText size={24} aria-hidden="true" />
      <span className={css.about}>
        <b>{t(kind)}</b>
        <small role={reason ? 'alert' : undefined}>{reason ? failure(reason) : extension.toUpperCase()}</small>
      </span>
      <IconButton label={t('downloadOne')} aria-busy={isBusy} disabled={isBusy} onClick={() => void save()}>
        {isBusy ? <Spinner /> : <Download size={20} aria-hidden="true" />}
      </IconButton>
    </span>
  )
}
