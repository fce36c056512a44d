import { Fragment, type ReactNode, useState } from 'react'
import { serviceFile } from '../common/file-address.ts'
import css from './content.module.css'
import { isEmojiOnly } from './emoji-only.ts'
import { type Link, linked } from './links.ts'
import { mediaAddress, playerFor } from './media.ts'
import { FileContent } from './service-file.tsx'
import { useThreadText } from './texts.ts'

interface ContentProps {
  content: string
  media: number
}

/** What a message says. Nothing of it becomes markup; what it loads and leads to is of http or https. */
export function Content({ content, media }: ContentProps) {
  const file = media === 1 ? undefined : serviceFile(content)
  if (file) return <FileContent file={file} media={media} />
  const href = media === 1 ? undefined : mediaAddress(content, location.origin)
  if (href && media === 2) return <Image href={href} />
  if (href && media === 3) return <Recording href={href} />
  if (isEmojiOnly(content)) return <span className={css.emoji}>{content.trim()}</span>
  return <>{linked(content).map(shownPart)}</>
}

const shownPart = (part: string | Link, index: number): ReactNode =>
  typeof part === 'string' ? <Fragment key={index}>{part}</Fragment> : <Anchor key={index} {...part} />

function Anchor({ href, text }: Link) {
  return (
    <a className={css.link} href={href} title={href} dir="ltr" target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  )
}

/** Its space is kept while it is loading, and when it cannot be. */
function Image({ href }: { href: string }) {
  const t = useThreadText()
  const [hasFailed, setFailed] = useState(false)
  if (hasFailed) return <LinkInstead says={t('imageFailed')} href={href} />
  return (
    <a className={css.image} href={href} target="_blank" rel="noopener noreferrer">
      <img src={href} alt={t('image')} loading="lazy" referrerPolicy="no-referrer" onError={() => setFailed(true)} />
    </a>
  )
}

function Recording({ href }: { href: string }) {
  const t = useThreadText()
  const [hasFailed, setFailed] = useState(false)
  const player = hasFailed ? undefined : playerFor(href)
  if (!player) return <LinkInstead says={t('media')} href={href} />
  const Player = player
  return (
    <Player
      className={css[player]}
      src={href}
      controls
      preload="none"
      aria-label={t('media')}
      onError={() => setFailed(true)}
    />
  )
}

function LinkInstead({ says, href }: { says: string; href: string }) {
  return (
    <span className={css.instead}>
      {says} <Anchor href={href} text={href} />
    </span>
  )
}
