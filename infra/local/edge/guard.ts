/** Keeps everyone but the processes of one start from the ports behind the edge: pages in a browser above all. */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import { reply } from './reply.ts'

/** What a program of this machine calls it. A page of another site that has its name lead here still sends that name. */
const ownHost = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/i

/** What only browsers send. Node's own `fetch` sends `sec-fetch-mode` as well. */
const ofBrowsers = ['origin', 'sec-fetch-site', 'sec-fetch-dest']

/**
 * Answers 403 unless the path begins with the secret, which `handle` does not see, and the request comes from no browser
 * and names this machine as its host.
 */
export function guarded(secret: string, handle: RequestListener): RequestListener {
  const prefix = Buffer.from(`/${secret}`)
  return (request, response) => {
    const { url = '' } = request
    const start = Buffer.from(url.slice(0, prefix.length))
    const rest = url.slice(prefix.length) || '/'
    const knows = start.length === prefix.length && timingSafeEqual(start, prefix) && rest.startsWith('/')
    if (knows && isFromHere(request)) {
      request.url = rest
      handle(request, response)
    } else reply(response, 403)
  }
}

function isFromHere({ headers }: IncomingMessage): boolean {
  return ownHost.test(headers.host ?? '') && !ofBrowsers.some((name) => headers[name] !== undefined)
}
