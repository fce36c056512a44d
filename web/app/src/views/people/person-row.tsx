import type { ReactNode } from 'react'
import { Avatar } from '../../parts/avatar.tsx'
import css from './people.module.css'

interface PersonRowProps {
  id: number
  name: string
  /** Shown if it is not the name. */
  username: string
  avatar: string
  /** Below the names. */
  note?: ReactNode
  /** What can be done: below the rest where there is no room beside it. */
  children?: ReactNode
}

export function PersonRow({ id, name, username, avatar, note, children }: PersonRowProps) {
  return (
    <div className={css.row}>
      <Avatar id={id} name={name} src={avatar} />
      <div className={css.words}>
        <p className={css.names}>
          <bdi className={css.name}>{name}</bdi>
          {username !== name && <bdi className={css.username}>{username}</bdi>}
        </p>
        {note && <div className={css.note}>{note}</div>}
      </div>
      {children && <div className={css.doings}>{children}</div>}
    </div>
  )
}
