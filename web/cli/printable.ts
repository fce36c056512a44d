/** What others wrote, without what would move the cursor, colour the terminal of another, or turn the direction of its text. */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (sign) => (sign === '\n' ? '\n      ' : ''))
