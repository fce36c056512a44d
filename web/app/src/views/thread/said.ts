/** Messages by their place, and in a few words. */
import { useEffect } from 'react'
import { loadQuoted } from '../../model/actions.ts'
import { quotedKey, type ShownMessage, type State, useApp } from '../../model/state.ts'
import { serviceFile } from '../common/file-address.ts'
import { useChangeText } from './change-texts.ts'
import { useFileText } from './file-texts.ts'
import { useThreadText } from './texts.ts'

const longest = 200

/** The message of a thread, whose messages are in order. */
export function messageAt(messages: readonly ShownMessage[], seq: number): ShownMessage | undefined {
  let [from, to] = [0, messages.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((messages[middle]?.seq ?? Number.MAX_SAFE_INTEGER) < seq) from = middle + 1
    else to = middle
  }
  return messages[from]?.seq === seq ? messages[from] : undefined
}

const said = ({ threads, quoted }: State, key: string, seq: number): ShownMessage | null | undefined =>
  messageAt(threads[key]?.messages ?? [], seq) ?? quoted[quotedKey(key, seq)]

/** A message that is spoken of: null if it is not there, undefined while nobody knows. */
export function useSaid(key: string, seq: number): ShownMessage | null | undefined {
  const message = useApp((state) => said(state, key, seq))
  const isUnknown = message === undefined
  useEffect(() => {
    if (isUnknown) void loadQuoted(key, seq)
  }, [key, seq, isUnknown])
  return message
}

/** Tells what a message says, without its pictures and files. */
export function useExcerpt(): (message: ShownMessage) => string {
  const t = useThreadText()
  const ofFiles = useFileText()
  const ofChanges = useChangeText()
  return ({ media, content, isRecalled }) => {
    if (isRecalled) return ofChanges('recalled')
    if (media === 2) return t('image')
    return media === 3 && serviceFile(content) ? ofFiles('file') : content.slice(0, longest)
  }
}
