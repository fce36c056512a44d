/** Pagination: a reply is bounded in bytes, so an unbounded list is returned page by page. */
import * as z from 'zod/mini'

// The cursor is opaque to clients: it comes from the link of the previous page.
const cursorLike = (pattern: RegExp) =>
  z.object({
    cursor: z.optional(z.string().check(z.regex(pattern, { error: 'must be the cursor of a previous page' }))),
  })

/** Where a page of a list by id begins; absent for the first. */
export const PageQuery = cursorLike(/^\d{1,16}$/)
export type PageQuery = z.infer<typeof PageQuery>

/** Where a page of a list by time and id begins. */
export const TimePageQuery = cursorLike(/^\d{1,16}-\d{1,16}$/)

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
