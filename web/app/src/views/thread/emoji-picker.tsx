import {
  defaultEmojiDataResolver,
  type EmojiDataResolver,
  type EmojiPickerListCategoryHeaderProps,
  type EmojiPickerListEmojiProps,
  type EmojiPickerListRowProps,
  EmojiPicker as Parts,
} from 'frimousse'
import { useEffect, useMemo, useRef } from 'react'
import { useLanguage } from '../../text/texts.ts'
import css from './composer.module.css'
import { useThreadText } from './texts.ts'

export interface EmojiPickerProps {
  onChoose: (emoji: string) => void
  onFailure: () => void
}

/** Names of emoji come from this site, in the chosen language. Loaded on demand. */
export function EmojiPicker({ onChoose, onFailure }: EmojiPickerProps) {
  const t = useThreadText()
  const language = useLanguage()
  const search = useRef<HTMLInputElement>(null)
  const resolve = useMemo(() => resolverThat(onFailure), [onFailure])
  useEffect(() => {
    // On a phone its keyboard would hide what it looks for.
    if (!matchMedia('(pointer: coarse)').matches) search.current?.focus({ preventScroll: true })
  }, [])
  return (
    <Parts.Root
      className={css.picker}
      locale={language}
      columns={8}
      emojibaseUrl={EMOJI_DATA}
      resolveEmojiData={resolve}
      onEmojiSelect={({ emoji }) => onChoose(emoji)}
    >
      <Parts.Search ref={search} className={css.search} aria-label={t('searchEmoji')} placeholder={t('searchEmoji')} />
      <Parts.Viewport className={css.viewport}>
        <Parts.Loading className={css.waiting}>{t('loadingEmoji')}</Parts.Loading>
        <Parts.Empty className={css.waiting}>{t('noEmoji')}</Parts.Empty>
        <Parts.List components={parts} />
      </Parts.Viewport>
    </Parts.Root>
  )
}

const resolverThat =
  (onFailure: () => void): EmojiDataResolver =>
  async (locale, options) => {
    try {
      return await defaultEmojiDataResolver(locale, options)
    } catch (error) {
      if (!options.signal?.aborted) onFailure()
      throw error
    }
  }

const parts = {
  CategoryHeader: ({ category, ...rest }: EmojiPickerListCategoryHeaderProps) => (
    <div {...rest} className={css.category}>
      {category.label}
    </div>
  ),
  Row: (props: EmojiPickerListRowProps) => <div {...props} className={css.row} />,
  Emoji: ({ emoji, ...rest }: EmojiPickerListEmojiProps) => (
    <button type="button" {...rest} className={css.one}>
      {emoji.emoji}
    </button>
  ),
}
