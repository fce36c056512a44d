/** Requests: one envelope, one error, a limit of time, and lists that go on by `Link`. */

import type { Environment } from './environment.ts'
import { ChatError } from './errors.ts'

export interface Page<Data> {
  data: Data
  /** The path of the page that follows. */
  next: string | undefined
}

interface Envelope {
  code?: number
  msg?: string
  reason?: string
  data?: unknown
  request_id?: string
}

const withinMs = 15_000

export class Http {
  readonly #base: string
  readonly #environment: Environment
  readonly #token: string | undefined

  /** @throws TypeError when `url` is none. */
  constructor(url: string, environment: Environment, token?: string) {
    this.#base = new URL(url).origin
    this.#environment = environment
    this.#token = token
  }

  /** The address of sockets. */
  socketUrl(query: Record<string, string>): string {
    return `${this.#base.replace(/^http/, 'ws')}/api/ws?${new URLSearchParams(query)}`
  }

  /** An address of the service, by the name under which it is known here: it may have others. */
  own(url: string): string {
    return this.#base + this.pathOf(url)
  }

  /** Of an address, with its query; a path stays as it is. */
  pathOf(url: string): string {
    return url.replace(/^\w+:\/\/[^/]*/, '')
  }

  /** @throws ChatError */
  async call<Data>(method: string, path: string, body?: unknown): Promise<Data> {
    return (await this.page<Data>(method, path, body)).data
  }

  /** All entries of a list, page by page. @throws ChatError */
  async *list<Entry>(path: string): AsyncGenerator<Entry> {
    for (let next: string | undefined = path; next; ) {
      const page: Page<Entry[]> = await this.page('GET', next)
      yield* page.data
      next = page.next
    }
  }

  /** @throws ChatError */
  async page<Data>(method: string, path: string, body?: unknown): Promise<Page<Data>> {
    const { fetch, setTimeout, clearTimeout } = this.#environment
    const control = new AbortController()
    const timer = setTimeout(() => control.abort(), withinMs)
    try {
      const reply = await fetch(this.#base + path, {
        method,
        signal: control.signal,
        credentials: 'omit',
        headers: {
          ...(this.#token && { authorization: `Bearer ${this.#token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const envelope: Envelope = (await reply.json().catch(() => ({}))) ?? {}
      if (reply.status !== 200 || envelope.code !== 0) throw refusalOf(reply, envelope)
      const next = /<([^>]+)>\s*;\s*rel="next"/.exec(reply.headers.get('link') ?? '')?.[1]
      return { data: envelope.data as Data, next }
    } catch (error) {
      if (error instanceof ChatError) throw error
      throw new ChatError('UNREACHABLE', { message: `${method} ${path}`, isRetryable: true, cause: error })
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The gateway's own replies, and those of what stands in between, have no reason: the status says what they mean. */
function refusalOf(reply: Response, { reason, msg, request_id }: Envelope): ChatError {
  const { status } = reply
  const seconds = Number(reply.headers.get('retry-after') ?? Number.NaN)
  // Status 200 without a reason is no reply of the service.
  const isRetryable = status === 429 || status >= 500 || (status < 400 && !reason)
  return new ChatError(reason ?? reasonOf[status] ?? (isRetryable ? 'UNAVAILABLE' : 'INVALID_INPUT'), {
    ...(msg && { message: msg }),
    ...(request_id && { requestId: request_id }),
    ...(seconds >= 0 && { retryAfterMs: seconds * 1_000 }),
    status,
    isRetryable,
  })
}

const reasonOf: Record<number, string> = { 413: 'BODY_TOO_LARGE', 429: 'TOO_MANY_REQUESTS' }
