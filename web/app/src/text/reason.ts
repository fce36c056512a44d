/** What a failure means, for people, by the service's reasons and those of the library. */
import { ChatError } from 'gochat-client'
import { type ReasonKey, reasons } from './reasons.ts'
import { defineTexts } from './texts.ts'

const { t, useText } = defineTexts(reasons.en, reasons.zh)

/** A reason that has no text, such as that of a newer service, gets a general one. */
const reasonOf = (reason: string): string => t(Object.hasOwn(reasons.en, reason) ? (reason as ReasonKey) : 'other')

/** The same in a view, which is drawn again when the language changes. */
export function useReason(): (reason: string) => string {
  useText()
  return reasonOf
}

/** The reason of anything that was thrown. */
export const reasonIn = (failure: unknown): string => (failure instanceof ChatError ? failure.reason : 'other')
