/**
 * What the service takes for a profile, a password and a remark, as docs/wire-contract.md says it: the page tells before it
 * asks. Each returns the name of what is wrong, or undefined.
 */

const characters = (value: string): number => [...value].length

const lineControls = /[\p{Cc}\u2028\u2029\ufffd]/u
const directionControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
// What is left of a text without all that nobody sees; the empty Braille pattern counts as blank.
const seen = /[^\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u

export type LineFault = 'tooLong' | 'unusable' | 'blank'

/** A single line that is empty or shows something. */
function lineFault(value: string, max: number): LineFault | undefined {
  if (characters(value) > max) return 'tooLong'
  if (!value.isWellFormed() || lineControls.test(value) || directionControls.test(value)) return 'unusable'
  if (value !== '' && !seen.test(value)) return 'blank'
  return /\p{M}{5}/u.test(value.normalize('NFD')) ? 'unusable' : undefined
}

export const nicknameFault = (value: string): LineFault | undefined => lineFault(value, 64)

export type FormFault = 'tooLong' | 'malformed'

// As a browser's email field has it: a local part, then labels of at most 63 letters, digits and inner hyphens.
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const email = new RegExp(`^[a-z0-9.!#$%&'*+/=?^_\`{|}~-]+@${label}(?:\\.${label})*$`, 'i')

export function emailFault(value: string): FormFault | undefined {
  if (characters(value) > 128) return 'tooLong'
  return value === '' || email.test(value) ? undefined : 'malformed'
}

export function phoneFault(value: string): FormFault | undefined {
  if (characters(value) > 20) return 'tooLong'
  return value === '' || /^\+?\(?\d(?:[\d ().-]*\d)?$/.test(value) ? undefined : 'malformed'
}

const begins = /^(?:\/(?!\/)|https:\/\/[^/?#@])/i
const notInAddress = /[\s"'<>\\^`{|}]/
const hiddenInAddress = /%(?:[01][0-9a-f]|7f|5c)|^\/%2f|[\p{C}\p{Default_Ignorable_Code_Point}]/iu

/** Empty, a path of the service, or an https address that leads to the host it names. */
export function avatarFault(value: string): FormFault | undefined {
  if (value === '') return undefined
  if (characters(value) > 255) return 'tooLong'
  if (!begins.test(value) || notInAddress.test(value) || lineFault(value, 255) !== undefined) return 'malformed'
  return [value, value.normalize('NFKC')].every(leadsWhereItSays) ? undefined : 'malformed'
}

function leadsWhereItSays(value: string): boolean {
  const here = 'https://service.invalid'
  if (hiddenInAddress.test(value) || !URL.canParse(value, here)) return false
  const { origin, pathname, username, password } = new URL(value, here)
  // Dots in a path are resolved first: `/.//host/` would lead to another host.
  if (value.startsWith('/')) return origin === here && !pathname.startsWith('//')
  return username === '' && password === ''
}

export type PasswordFault = 'tooShort' | 'tooLong' | 'unusable'

/** Compared as the service does: composed, and with every kind of space as the plain one. */
const passwordForm = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC')

export function passwordFault(password: string): PasswordFault | undefined {
  if (/[\p{Cc}\ufffd]/u.test(password) || !password.isWellFormed()) return 'unusable'
  const form = passwordForm(password)
  if (characters(form) < 6) return 'tooShort'
  return new TextEncoder().encode(form).length > 72 ? 'tooLong' : undefined
}

/** Strength is length and nothing else: what is long is strong, whatever it is made of. */
export type Strength = 'short' | 'fair' | 'strong'

export function strengthOf(password: string): Strength | undefined {
  const length = characters(passwordForm(password))
  if (length === 0) return undefined
  return length < 10 ? 'short' : length < 16 ? 'fair' : 'strong'
}

/** What comes with a request: it may have several lines, and tabs. */
export function remarkFault(value: string): LineFault | undefined {
  if (characters(value) > 255) return 'tooLong'
  return value.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(value) ? undefined : 'unusable'
}
