import { useEffect, useRef } from 'react'
import { Avatar } from '../../parts/avatar.tsx'
import { useChangeText } from './change-texts.ts'
import css from './changes.module.css'
import type { Completion } from './use-mention.ts'

/** The id of one of the list, which the field names as the one that is active. */
export const optionId = (listId: string, index: number): string => `${listId}-${index}`

/** Members whose names fit what is being written. The focus stays in the field. */
export function MentionList({ id, candidates, active, choose }: Completion) {
  const t = useChangeText()
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    <div ref={list} id={id} className={css.people} role="listbox" aria-label={t('mention')}>
      {candidates.map((one, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys.
        // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus.
        <div
          key={one.id}
          id={optionId(id, index)}
          className={css.person}
          role="option"
          aria-selected={index === active}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => choose(one)}
        >
          <Avatar id={one.id} name={one.name} src={one.avatar} size="small" />
          <span>
            <bdi>{one.name}</bdi>
            {one.about !== one.name && (
              <small>
                <bdi>{one.about}</bdi>
              </small>
            )}
          </span>
        </div>
      ))}
    </div>
  )
}
