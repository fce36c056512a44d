/** Which names of hosts can be shown as they are written. Others look like names that they are not. */

const ascii = /^\p{ASCII}*$/u
/** One kind of letters, none of which is taken for another kind. */
const unmistakable = [
  /^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}0-9-]+$/u,
  /^[\p{sc=Arab}\p{M}0-9-]+$/u,
  /^[\p{sc=Hebr}\p{M}0-9-]+$/u,
  /^[\p{sc=Thai}\p{M}0-9-]+$/u,
  /^[\p{sc=Deva}\p{M}0-9-]+$/u,
]
/** These look like Latin ones: only where the whole domain is written in them. */
const lookalike = [/^[\p{sc=Cyrl}0-9-]+$/u, /^[\p{sc=Grek}0-9-]+$/u, /^[\p{sc=Armn}0-9-]+$/u]

/**
 * As browsers do: letters of several kinds in one label, and letters that look like Latin ones under a Latin top level, are
 * shown as what is asked of the DNS.
 *
 * @param asked the host as the parser of addresses gives it: `xn--…`
 */
export function shownHost(written: string, asked: string): string {
  const labels = written.split('.')
  const isLatinTop = ascii.test(labels.at(-1) ?? '')
  return labels.every((label) => isPlain(label, isLatinTop)) ? written : asked
}

function isPlain(label: string, isLatinTop: boolean): boolean {
  if (ascii.test(withoutAccents(label))) return true
  if (unmistakable.some((kind) => kind.test(label))) return true
  return !isLatinTop && lookalike.some((kind) => kind.test(label))
}

// Those that Latin letters commonly have. A stroke through a letter is none, nor is a dot that is missing.
const withoutAccents = (label: string): string =>
  label
    .normalize('NFD')
    .replace(/[\u0300-\u0304\u0306-\u030c\u031b\u0323\u0327\u0328]/g, '')
    .replace(/[ßæøœ]/gi, '')
