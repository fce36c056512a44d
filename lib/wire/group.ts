/** Groups: none yet. Clients of GoChat load these lists together with those of friends. */
import * as z from 'zod/mini'

export const Groups = z.array(z.unknown()).check(z.maxLength(0))
