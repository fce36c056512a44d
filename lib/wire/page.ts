/** Lists in pages: a reply has a bound in bytes, so a list that has none is given page by page. */
import * as z from 'zod/mini'

/** Where a page begins; absent for the first. What it holds is for the service alone, which gave it with the page before. */
export const PageQuery = z.object({
  cursor: z.optional(z.string().check(z.regex(/^\d{1,16}(-\d{1,16})?$/, { error: 'must come from the page before' }))),
})
export type PageQuery = z.infer<typeof PageQuery>

/** A page of a list; `next` is what the query must say for the one that follows, if any. */
export class Page<T> {
  readonly items: T[]
  readonly next: Record<string, string | number> | undefined

  constructor(items: T[], next?: Record<string, string | number>) {
    this.items = items
    this.next = next
  }
}

/**
 * People on a page at most. The longest entry that a friend or a stranger can cause has under 3 KB of JSON, so a page stays
 * below the 6 MB that a function may return.
 */
export const pageLength = 1_500
