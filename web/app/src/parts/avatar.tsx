import { useState } from 'react'
import css from './avatar.module.css'

interface AvatarProps {
  /** The first letter stands there when there is no picture, and its colour comes from `id`. */
  name: string
  id: number
  /** An address: shown only if it is https, http or a path of this site. */
  src?: string
  size?: 'small' | 'medium' | 'large'
  /** A dot says whether the person is there. Absent: no dot. */
  online?: boolean | undefined
}

// On a machine the service has several names, and its page may load from its own alone.
const ofService = /^http:\/\/[^/]+(?=\/user-avatars\/)/

/** Says nothing to screen readers: the name stands beside it. */
export function Avatar({ name, id, src = '', size = 'medium', online }: AvatarProps) {
  const [failed, setFailed] = useState('')
  const address = src.replace(ofService, '')
  const isShown = /^(https?:\/\/|\/(?!\/))/i.test(src) && failed !== src
  return (
    <span className={`${css.avatar} ${css[size]}`} data-tone={id % 6} aria-hidden="true">
      {isShown ? (
        <img src={address} alt="" loading="lazy" referrerPolicy="no-referrer" onError={() => setFailed(src)} />
      ) : (
        <span>{([...name.trim()][0] ?? '?').toLocaleUpperCase()}</span>
      )}
      {online !== undefined && <i className={online ? css.here : css.away} />}
    </span>
  )
}
