import { Mic, X } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Button, IconButton } from '../../parts/button.tsx'
import css from './attachments.module.css'
import { useFileText } from './file-texts.ts'

const longestSeconds = 300

interface VoiceProps {
  onRecorded: (file: File) => void
  onCancel: () => void
}

/** Records what somebody says, from the moment on when the browser lets it. */
export default function Voice({ onRecorded, onCancel }: VoiceProps) {
  const t = useFileText()
  const { seconds, hasFailed, stop } = useRecorder(onRecorded)
  const shown = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  return (
    <section className={css.voice} aria-label={t('voice')}>
      <Mic size={20} aria-hidden="true" />
      {hasFailed ? <p role="alert">{t('noMicrophone')}</p> : <p role="timer">{shown}</p>}
      <Button kind="main" autoFocus disabled={hasFailed} onClick={stop}>
        {t('stop')}
      </Button>
      <IconButton label={t('cancelVoice')} onClick={onCancel}>
        <X size={18} aria-hidden="true" />
      </IconButton>
    </section>
  )
}

function useRecorder(onRecorded: (file: File) => void) {
  const [seconds, setSeconds] = useState(0)
  const [hasFailed, setFailed] = useState(false)
  const recorder = useRef<MediaRecorder>(undefined)
  const latest = useRef(onRecorded)
  useLayoutEffect(() => {
    latest.current = onRecorded
  })
  useEffect(() => {
    let isWanted = true
    let end = () => {}
    const record = async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      end = () => {
        for (const track of stream.getTracks()) track.stop()
      }
      if (!isWanted) return end()
      const made = new MediaRecorder(stream)
      const parts: Blob[] = []
      made.ondataavailable = ({ data }) => parts.push(data)
      made.onstop = () => {
        end()
        if (isWanted) latest.current(voiceFile(parts, made.mimeType))
      }
      made.start()
      recorder.current = made
    }
    record().catch(() => isWanted && setFailed(true))
    const timer = setInterval(() => setSeconds((count) => (recorder.current ? count + 1 : count)), 1_000)
    return () => {
      isWanted = false
      clearInterval(timer)
      recorder.current = undefined
      end()
    }
  }, [])
  const stop = () => {
    if (recorder.current?.state === 'recording') recorder.current.stop()
  }
  useEffect(() => {
    if (seconds >= longestSeconds) recorder.current?.stop()
  }, [seconds])
  return { seconds, hasFailed, stop }
}

/** Its ending says that it is sound: containers of films may hold it, too. */
function voiceFile(parts: Blob[], mimeType: string): File {
  const [type = ''] = mimeType.split(';')
  const ending = { 'audio/mp4': 'm4a', 'audio/ogg': 'ogg' }[type] ?? 'weba'
  return new File(parts, `voice.${ending}`, { type })
}
