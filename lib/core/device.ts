/** How a client names its device: its `User-Agent`, made fit to be stored and shown. */

const maxLength = 160

/** The beginning of a `User-Agent`: ASCII that prints, without what HTML or a quoted text would read as its own. */
export const deviceOf = (userAgent: string | undefined): string =>
  (userAgent ?? '')
    .slice(0, 10 * maxLength)
    .replace(/[^\x20-\x7e]|[<>"'`&\\]/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, maxLength)
    .trim()
