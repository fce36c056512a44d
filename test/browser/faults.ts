/** What must never happen in a browser, whatever a test is about: it is written down here, and fails the test at its end. */
import type { BrowserContext, Page, Request } from 'playwright-core'

/** What a lost network looks like to a page. */
const ofCut =
  /net::ERR_(INTERNET_DISCONNECTED|CONNECTION_(RESET|CLOSED|REFUSED|TIMED_OUT)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)/

export class Faults {
  readonly #found: string[] = []
  readonly #expected: RegExp[] = []
  /** Those that began while the network was cut, or were under way. */
  readonly #underway = new Set<Request>()
  readonly #doomed = new Set<Request>()
  #isCut = false
  #mendedAt = Number.NEGATIVE_INFINITY

  readonly #own: string

  /** @param origin - of the page. */
  constructor(context: BrowserContext, origin: string) {
    this.#own = new URL(origin).host
    context.on('page', (page) => this.#watch(page))
    context.on('request', (request) => this.#began(request))
    context.on('requestfinished', (request) => this.#underway.delete(request))
    context.on('requestfailed', (request) => this.#failed(request))
    context.on('console', (message) => {
      if (message.type() !== 'error') return
      const fault = `console: ${message.text()} (${message.location().url})`
      // The page's last attempt may be written down when the network is back already.
      const isOfCut = this.#isCut || performance.now() - this.#mendedAt < 1_000
      if (!(isOfCut && ofCut.test(fault))) this.#found.push(fault)
    })
    context.on('weberror', (error) => this.#found.push(`uncaught: ${error.error().stack ?? error.error().message}`))
    context.on('dialog', (dialog) => {
      // Nothing of the page's own asks in this way.
      this.#found.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss().catch(() => {})
    })
  }

  /** The test makes this happen. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  /** From now on requests fail by the cut, and nothing else is forgiven. */
  cut(): void {
    this.#isCut = true
    for (const request of this.#underway) this.#doomed.add(request)
  }

  mend(): void {
    this.#isCut = false
    this.#mendedAt = performance.now()
  }

  get found(): readonly string[] {
    return this.#found.filter((fault) => !this.#expected.some((pattern) => pattern.test(fault)))
  }

  #watch(page: Page): void {
    page.on('crash', () => this.#found.push(`crashed: ${page.url()}`))
    page.on('frameattached', (frame) => this.#found.push(`a frame: ${frame.url()}`))
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== this.#own) this.#found.push(`a socket elsewhere: ${socket.url()}`)
    })
  }

  #began(request: Request): void {
    const { protocol, host } = new URL(request.url())
    const isOwn = (/^https?:$/.test(protocol) && host === this.#own) || protocol === 'blob:'
    if (!isOwn) this.#found.push(`a request elsewhere: ${request.url().slice(0, 200)}`)
    this.#underway.add(request)
    if (this.#isCut) this.#doomed.add(request)
  }

  #failed(request: Request): void {
    this.#underway.delete(request)
    const why = request.failure()?.errorText ?? ''
    // Given up by the page itself, or because it was left.
    if (why === 'net::ERR_ABORTED') return
    if (this.#doomed.delete(request) && ofCut.test(why)) return
    this.#found.push(`failed: ${request.method()} ${request.url()}: ${why}`)
  }
}

/** Run in each page before its own scripts: what the policy forbids counts as an error of the console. */
export function reportViolations(): void {
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
    console.error(`forbidden by the policy: ${violatedDirective} ${blockedURI} ${sample}`)
  })
}
