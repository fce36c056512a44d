import { type RefObject, useEffect, useState } from 'react'
import { fileAddress } from '../../model/actions.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { reasonIn } from '../../text/reason.ts'
import css from './content.module.css'
import { useFailure } from './failure.ts'
import { useFileText } from './file-texts.ts'

interface PictureDialogProps {
  path: string
  /** What stands there until the whole picture has come. */
  small: string | undefined
  onClose: () => void
  returnTo: RefObject<HTMLElement | null>
}

/** A picture of a message in full. */
export default function PictureDialog({ path, small, onClose, returnTo }: PictureDialogProps) {
  const t = useFileText()
  const failure = useFailure()
  const [attempt, setAttempt] = useState(0)
  const [shown, setShown] = useState<{ address?: string; reason?: string }>({})
  useEffect(() => {
    let isWanted = true
    fileAddress(path, false, attempt > 0).then(
      (address) => isWanted && setShown({ address }),
      (error: unknown) => isWanted && setShown({ reason: reasonIn(error) }),
    )
    return () => {
      isWanted = false
    }
  }, [path, attempt])
  const fail = () => {
    setShown(attempt === 0 ? {} : { reason: 'unusable' })
    setAttempt(1)
  }
  const { address, reason } = shown
  return (
    <Dialog title={t('picture')} size="large" isOpen onClose={onClose} returnTo={returnTo}>
      <div className={css.full}>
        {reason !== undefined && <p role="alert">{reason === 'unusable' ? t('pictureFailed') : failure(reason)}</p>}
        {reason === undefined && small && <img src={small} alt="" aria-hidden="true" />}
        {reason === undefined && address && <img src={address} alt={t('picture')} onError={fail} />}
      </div>
      <div className={css.fullActions}>
        {address && (
          <a href={address} download="">
            {t('download')}
          </a>
        )}
      </div>
    </Dialog>
  )
}
