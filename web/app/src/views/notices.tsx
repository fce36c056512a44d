import { X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useApp } from '../model/state.ts'
import { IconButton } from '../parts/button.tsx'
import { useReason } from '../text/reason.ts'
import { defineTexts } from '../text/texts.ts'
import css from './notices.module.css'

const { useText } = defineTexts({ dismiss: 'Dismiss' }, { dismiss: '知道了' })

const shownMs = 6_000

/** A failure that no view shows by itself, for a while: as long as somebody points at it, it stays. */
export function Notices() {
  const t = useText()
  const reasonOf = useReason()
  const notice = useApp((state) => state.notice)
  const [dismissed, setDismissed] = useState<number>()
  const [isHeld, setHeld] = useState(false)
  const id = notice?.id === dismissed ? undefined : notice?.id

  useEffect(() => {
    if (id === undefined || isHeld) return
    const timer = setTimeout(() => setDismissed(id), shownMs)
    return () => clearTimeout(timer)
  }, [id, isHeld])

  const dismiss = () => {
    setHeld(false)
    setDismissed(id)
  }
  return (
    <div className={css.place} aria-live="polite">
      {notice && id !== undefined && (
        <div
          key={id}
          role="status"
          className={css.notice}
          onPointerEnter={() => setHeld(true)}
          onPointerLeave={() => setHeld(false)}
          onFocus={() => setHeld(true)}
          onBlur={() => setHeld(false)}
        >
          <p>{reasonOf(notice.reason)}</p>
          <IconButton label={t('dismiss')} className={css.dismiss} onClick={dismiss}>
            <X size={18} />
          </IconButton>
        </div>
      )}
    </div>
  )
}
