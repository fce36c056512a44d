/** The language of the texts that a client receives. */
import Negotiator from 'negotiator'
import type { Language } from '../core/refusal.ts'

// The first is the default: for clients that accept neither, or do not say.
const languages: Language[] = ['zh', 'en']

/** Returns the language that `Accept-Language` prefers (RFC 9110, 12.5.4); `en_US` is read as `en-US`. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const headers = { 'accept-language': (acceptLanguage ?? '').replaceAll('_', '-') }
  return new Negotiator({ headers }).languages(languages)[0] === 'en' ? 'en' : 'zh'
}
