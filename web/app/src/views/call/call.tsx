/** The call that there is: it rings, goes on, and says how it ended. */
import { Mic, MicOff, Phone, PhoneOff, Video, VideoOff } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { acceptCall, announceCall, hangUp, toggleCamera, toggleMicrophone } from '../../model/actions.ts'
import { type CallView as Call, useApp } from '../../model/state.ts'
import { Avatar } from '../../parts/avatar.tsx'
import css from './call.module.css'
import { ring } from './ring.ts'
import { endingText, useCallText } from './texts.ts'
import { durationText } from './time.ts'

/** Stands over the page. What rings does not take the focus from whoever writes: it is read out, and Tab leads there. */
export default function CallView() {
  const call = useApp((state) => state.call)
  const friend = useApp(({ conversations }) => call && conversations[call.key])
  const t = useCallText()
  const panel = useRef<HTMLElement>(null)
  const isOwn = call?.isOutgoing ?? false
  useEffect(() => {
    if (isOwn) panel.current?.focus({ preventScroll: true })
  }, [isOwn])
  const isAsked = call?.state === 'ringing' && !isOwn
  useEffect(() => (isAsked ? ring() : undefined), [isAsked])
  const name = friend?.title ?? t('somebody')
  const asks = t(call?.hasVideo ? 'ringsVideo' : 'rings')
  useEffect(() => {
    if (!isAsked) return undefined
    announceCall({ name, text: asks })
    return () => announceCall(undefined)
  }, [isAsked, name, asks])
  if (!call) return null
  const isSeen = call.hasVideo && call.state !== 'over' && (call.state !== 'ringing' || call.isOutgoing)
  return (
    <section ref={panel} className={css.call} aria-label={t('call')} tabIndex={-1} data-video={isSeen || undefined}>
      <Streams call={call} isSeen={isSeen} name={name} />
      <div className={css.about}>
        <Avatar name={name} id={friend?.target_id ?? 0} src={friend?.avatar ?? ''} />
        <div className={css.words}>
          <h2>
            <bdi>{name}</bdi>
          </h2>
          <p role={call.state === 'talking' ? 'timer' : 'status'}>
            {call.state === 'talking' ? <Duration since={call.since ?? 0} /> : stateText(call, t)}
          </p>
        </div>
      </div>
      {call.state !== 'over' && <Controls call={call} />}
    </section>
  )
}

function stateText({ state, isOutgoing, hasVideo, ending = '' }: Call, t: ReturnType<typeof useCallText>): string {
  if (state === 'over') return t(endingText(ending, isOutgoing))
  if (state === 'waiting') return t(hasVideo ? 'waitingVideo' : 'waiting')
  if (state === 'connecting') return t('connecting')
  if (isOutgoing) return t('calling')
  return t(hasVideo ? 'ringsVideo' : 'rings')
}

/** Without pictures the friend is heard all the same. */
function Streams({ call: { friends, own, isCameraOff }, isSeen, name }: { call: Call; isSeen: boolean; name: string }) {
  const t = useCallText()
  if (!isSeen) return <Stream of={friends} as="audio" />
  return (
    <div className={css.streams}>
      <Stream of={friends} className={css.friends} label={t('friends', { name })} />
      {!isCameraOff && <Stream of={own} className={css.own} label={t('own')} isMuted />}
    </div>
  )
}

interface StreamProps {
  of: MediaStream | undefined
  as?: 'video' | 'audio'
  className?: string | undefined
  label?: string
  isMuted?: boolean
}

function Stream({ of, as: Media = 'video', className = '', label, isMuted = false }: StreamProps) {
  const element = useRef<HTMLMediaElement & HTMLVideoElement>(null)
  useEffect(() => {
    if (element.current) element.current.srcObject = of ?? null
  }, [of])
  return <Media ref={element} className={className} aria-label={label} muted={isMuted} autoPlay playsInline />
}

function Controls({ call }: { call: Call }) {
  const t = useCallText()
  if (call.state === 'ringing' && !call.isOutgoing)
    return (
      <div className={css.controls}>
        <Control label={t('decline')} kind="end" onClick={hangUp}>
          <PhoneOff size={22} />
        </Control>
        <Control label={t('accept')} kind="accept" onClick={acceptCall}>
          {call.hasVideo ? <Video size={22} /> : <Phone size={22} />}
        </Control>
      </div>
    )
  const hasCamera = (call.own?.getVideoTracks().length ?? 0) > 0
  return (
    <div className={css.controls}>
      <Control label={t('mute')} isPressed={call.isMuted} onClick={toggleMicrophone}>
        {call.isMuted ? <MicOff size={22} /> : <Mic size={22} />}
      </Control>
      {hasCamera && (
        <Control label={t('cameraOff')} isPressed={call.isCameraOff} onClick={toggleCamera}>
          {call.isCameraOff ? <VideoOff size={22} /> : <Video size={22} />}
        </Control>
      )}
      <Control label={t('hangUp')} kind="end" onClick={hangUp}>
        <PhoneOff size={22} />
      </Control>
    </div>
  )
}

interface ControlProps {
  label: string
  kind?: 'end' | 'accept'
  isPressed?: boolean
  onClick: () => void
  children: ReactNode
}

const Control = ({ label, kind, isPressed, onClick, children }: ControlProps) => (
  <button
    type="button"
    className={css.control}
    data-kind={kind}
    aria-label={label}
    title={label}
    aria-pressed={isPressed}
    onClick={onClick}
  >
    {children}
  </button>
)

function Duration({ since }: { since: number }) {
  const [now, setNow] = useState(since)
  useEffect(() => {
    const tick = () => setNow(Date.now())
    tick()
    const timer = setInterval(tick, 1_000)
    return () => clearInterval(timer)
  }, [])
  return <>{durationText(now - since)}</>
}
