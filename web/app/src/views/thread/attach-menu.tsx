import { Camera, File as FileIcon, Image as ImageIcon, Link2, Mic, Paperclip } from 'lucide-react'
import { type ChangeEvent, type RefObject, useRef } from 'react'
import { IconButton } from '../../parts/button.tsx'
import { Menu } from '../../parts/menu.tsx'
import { useFileText } from './file-texts.ts'
import { useThreadText } from './texts.ts'

interface AttachMenuProps {
  button: RefObject<HTMLButtonElement | null>
  onFiles: (files: readonly File[]) => void
  onImageByAddress: () => void
  onVoice: () => void
}

/** What can be sent beside words. */
export function AttachMenu({ button, onFiles, onImageByAddress, onVoice }: AttachMenuProps) {
  const t = useFileText()
  const inThread = useThreadText()
  const photos = useRef<HTMLInputElement>(null)
  const camera = useRef<HTMLInputElement>(null)
  const files = useRef<HTMLInputElement>(null)
  const onChange = ({ target }: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(target.files ?? [])])
    // The same may be chosen again.
    target.value = ''
  }
  const trigger = (
    <IconButton ref={button} label={t('attach')}>
      <Paperclip size={20} aria-hidden="true" />
    </IconButton>
  )
  const items = [
    { label: t('photo'), icon: <ImageIcon size={18} />, onSelect: () => photos.current?.click() },
    ...(hasCamera()
      ? [{ label: t('camera'), icon: <Camera size={18} />, onSelect: () => camera.current?.click() }]
      : []),
    { label: t('file'), icon: <FileIcon size={18} />, onSelect: () => files.current?.click() },
    ...(canRecord() ? [{ label: t('voice'), icon: <Mic size={18} />, onSelect: onVoice }] : []),
    { label: inThread('addImage'), icon: <Link2 size={18} />, onSelect: onImageByAddress },
  ]
  const input = { type: 'file', hidden: true, onChange } as const
  return (
    <>
      <Menu trigger={trigger} items={items} align="start" />
      <input ref={photos} {...input} multiple accept="image/*,video/*" />
      <input ref={camera} {...input} accept="image/*" capture="environment" />
      <input ref={files} {...input} multiple />
    </>
  )
}

/** Elsewhere, browsers let people choose a file in its place. */
const hasCamera = () => matchMedia('(pointer: coarse)').matches

/** Only a page that nobody can have changed on its way. */
const canRecord = () => 'MediaRecorder' in window && navigator.mediaDevices !== undefined
