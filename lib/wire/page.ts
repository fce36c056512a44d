/** Pagination: a reply is bounded in bytes, so an unbounded list is returned page by page. */
import * as z from 'zod/mini'

/** Where a page begins; absent for the first. The cursor is opaque: it comes from the link of the previous page. */
export const PageQuery = z.object({
  cursor: z.optional(
    z.string().check(z.regex(/^\d{1,16}(-\d{1,16})?$/, { error: 'must be the cursor of a previous page' })),
  ),
})
export type PageQuery = z.infer<typeof PageQuery>

/** A page of a list. `next` holds the query parameters of the next page, if there is one. */
export class Page<T> {
  readonly items: T[]
  readonly next: Record<string, string | number> | undefined

  constructor(items: T[], next?: Record<string, string | number>) {
    this.items = items
    this.next = next
  }
}

/**
 * The most entries on a page. An entry has less than 3 KB of JSON, whatever other people put into it, so a page stays below
 * the 6 MB that a function may return.
 */
export const pageLength = 1_500
