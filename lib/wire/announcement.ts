/** What starts announcements: the schedule of the function. */
import * as z from 'zod/mini'

/** For how long it tells friends who comes and who goes; the next run begins a minute after this one. */
export const Announcing = z.object({ seconds: z.int().check(z.gte(1), z.lte(60)) })
