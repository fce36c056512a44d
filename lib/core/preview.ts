/** Previews: what is shown of a conversation's last message. */

/** The characters of a preview. It bounds the entries of a list, and a row that every message writes. */
export const previewLength = 100

/** The first characters of a text. No character outside the basic plane is cut in two. */
export const previewOf = (text: string): string =>
  [...text.slice(0, 2 * previewLength)].slice(0, previewLength).join('')
