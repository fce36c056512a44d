/** Codes of groups: what people read to each other, so without the signs that are taken for others (0 and O, 1, I and L, 8 and B …). */
import { randomInt } from 'node:crypto'

const signs = '2345679ACDEFGHJKMNPQRTUVWXYZ'
// 28 signs at 8 places are 3.8e11 codes: with a million groups, who searches at the limit finds one by chance in a week at best.
const length = 8

/** A code at random. The database holds it to be unique: on a duplicate, take another one. */
export const newCode = (): string => Array.from({ length }, () => signs.charAt(randomInt(signs.length))).join('')
