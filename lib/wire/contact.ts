/** What people say of themselves besides their names: picture, email, phone. Each may be empty. */
import * as z from 'zod/mini'
import { line } from './value.ts'

// No space, quote, angle bracket, backslash or the like: RFC 3986 has none of them either.
const inAddress = String.raw`[^\s"'<>\\^${'`'}{|}]`

// A picture of this service on a machine, which has no TLS: see `core/media-path`.
const ofMachine = String.raw`http://[A-Za-z0-9.\[\]:-]+/user-avatars/[0-9]{8}/[0-9a-f]{32}(?:\.[a-z0-9]{1,8})?`

/**
 * Where a picture is: a path of this service, or an address over TLS. Clients put it into pages, so it is nothing that runs
 * there (`javascript:`, `data:`), leads to another service under the guise of a path (`//`), or ends an attribute.
 */
export const Avatar = line(0, 255, 'avatar').check(
  z.regex(new RegExp(`^(?:/(?![/\\\\])${inAddress}*|[Hh][Tt][Tt][Pp][Ss]://(?![/?#@])${inAddress}+|${ofMachine})?$`), {
    error: 'must be empty, a path that begins with one "/", or an https address',
  }),
  z.refine(leadsWhereItSays, { error: 'must be an address, without a user in it, that says where it leads' }),
)

/** An email address as browsers check it. Source: HTML, 4.10.5.1.5, "valid e-mail address". */
export const Email = line(0, 128, null).check(
  z.regex(new RegExp(`^(?:${z.regexes.html5Email.source.slice(1, -1)})?$`), {
    error: 'must be empty or an email address',
  }),
)

/** A telephone number as people write it: digits, with a "+" in front, and spaces, dots, hyphens or brackets. */
export const Phone = line(0, 20, null).check(
  z.regex(/^(?:\+?\(?[0-9](?:[0-9 ().-]*[0-9])?)?$/, { error: 'must be empty or a telephone number' }),
)

// Controls, a backslash or a slash for a host as an encoded text, and what nobody sees.
const hidden = /%(?:[01][0-9a-f]|7f|5c)|^\/%2f|[\p{C}\p{Default_Ignorable_Code_Point}]/iu

/** Whether a browser goes where a reader expects: to this service for a path, or to the host that an address names. */
function leadsWhereItSays(value: string): boolean {
  if (value === '') return true
  return [value, value.normalize('NFKC')].every((form) => !hidden.test(form) && isPlain(form))
}

function isPlain(value: string): boolean {
  const service = 'https://service.invalid'
  if (!URL.canParse(value, service)) return false
  const { origin, pathname, username, password } = new URL(value, service)
  // Dots are resolved first: `/.//host/` is `//host/`.
  if (value.startsWith('/')) return origin === service && !pathname.startsWith('//')
  return username === '' && password === ''
}
