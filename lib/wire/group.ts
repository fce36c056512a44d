/** Groups: the lists are empty until groups can be created. GoChat's clients load them together with those of friends. */
import * as z from 'zod/mini'

export const Groups = z.array(z.unknown()).check(z.maxLength(0))
