/** What the field of a conversation is for, beside a message of its own: an answer, or another text of a message. */
import { create } from 'zustand'
import { useApp } from '../../model/state.ts'

export type Composing = { kind: 'reply'; seq: number } | { kind: 'edit'; seq: number; text: string }

const useAll = create<Readonly<Record<string, Composing | undefined>>>(() => ({}))

/** What one person has begun is nothing to the next. */
const nameOf = (key: string): string => `${useApp.getState().session?.user_id} ${key}`

export const useComposing = (key: string): Composing | undefined => useAll((all) => all[nameOf(key)])

export const composingOf = (key: string): Composing | undefined => useAll.getState()[nameOf(key)]

/** Without anything, the field is for the next message again. */
export const compose = (key: string, composing?: Composing): void => useAll.setState({ [nameOf(key)]: composing })
