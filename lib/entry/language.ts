/** The language of a client. */
import Negotiator from 'negotiator'
import type { Language } from '../core/refusal.ts'

// The first of them is for clients that understand neither, or do not say.
const languages: Language[] = ['zh', 'en']

/** The language that `Accept-Language` (RFC 9110, 12.5.4) prefers; `en_US` is read as `en-US`. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const headers = { 'accept-language': (acceptLanguage ?? '').replaceAll('_', '-') }
  return new Negotiator({ headers }).languages(languages)[0] === 'en' ? 'en' : 'zh'
}
