import { Fragment, type ReactNode, useState } from 'react'
import { useApp } from '../../model/state.ts'
import { serviceFile } from '../common/file-address.ts'
import changesCss from './changes.module.css'
import css from './content.module.css'
import { isEmojiOnly } from './emoji-only.ts'
import { type Link, linked } from './links.ts'
import { mediaAddress, playerFor } from './media.ts'
import { mentionsIn, type Named } from './mentions.ts'
import { FileContent } from './service-file.tsx'
import { useThreadText } from './texts.ts'

interface ContentProps {
  content: string
  media: number
  /** Whom it mentions, by name. */
  people?: readonly Named[]
}

const nobody: readonly Named[] = []

/** What a message says. Nothing of it becomes markup; what it loads and leads to is of http or https. */
export function Content({ content, media, people = nobody }: ContentProps) {
  const file = media === 1 ? undefined : serviceFile(content)
  if (file) return <FileContent file={file} media={media} />
  const href = media === 1 ? undefined : mediaAddress(content, location.origin)
  if (href && media === 2) return <Image href={href} />
  if (href && media === 3) return <Recording href={href} />
  if (isEmojiOnly(content)) return <span className={css.emoji}>{content.trim()}</span>
  return <>{linked(content).map((part, index) => shownPart(part, index, people))}</>
}

function shownPart(part: string | Link, index: number, people: readonly Named[]): ReactNode {
  if (typeof part !== 'string') return <Anchor key={index} {...part} />
  if (people.length === 0) return <Fragment key={index}>{part}</Fragment>
  return mentionsIn(part, people).map((one, at) => {
    const key = `${index} ${at}`
    return typeof one === 'string' ? <Fragment key={key}>{one}</Fragment> : <Mention key={key} {...one} />
  })
}

/** Stronger where it is the reader. */
function Mention({ id, name }: Named) {
  const isMe = useApp(({ session }) => id === 0 || id === session?.user_id)
  return (
    <span className={changesCss.mention} data-me={isMe || undefined}>
      @{name}
    </span>
  )
}

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
