/** What an origin is told about the viewer, in headers that no viewer can set. */
import type { IncomingMessage } from 'node:http'

/** A shared secret by which an origin knows that a request came through the edge. */
const secretHeader = 'x-origin-secret'

/**
 * Headers of a viewer's request that go no further: those that CloudFront and the gateways set, and the one by which
 * serverless-offline lets a caller write its own authorizer result.
 */
const forbidden = /^(cloudfront-.*|x-origin-secret|x-forwarded-(for|port|proto)|sls-offline-.*)$/i

/** Headers that concern one connection only (RFC 9110, section 7.6.1), and `Expect`, which the edge has answered. */
const hopByHop = /^(connection|proxy-connection|keep-alive|te|trailer|upgrade|proxy-authorization|expect)$/i

const notForUpgrades = /^(host|content-length|transfer-encoding|sec-websocket-extensions)$/i

/**
 * The headers that the edge adds, in the case in which a WebSocket API shows them: it passes names as they came.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
 */
function edgeHeaders(request: IncomingMessage, originSecret: string | undefined): Record<string, string> {
  const { socket } = request
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  const before = request.headers['x-forwarded-for']
  return {
    'CloudFront-Viewer-Address': `${address}:${socket.remotePort ?? 0}`,
    'X-Forwarded-For': before === undefined ? address : `${before}, ${address}`,
    'X-Forwarded-Port': String(socket.localPort ?? ''),
    'X-Forwarded-Proto': 'http',
    ...(originSecret === undefined ? {} : { [secretHeader]: originSecret }),
  }
}

/** A content type that serverless-offline's HTTP server takes without reading the body by it. The gateway takes any. */
const plainContentType = /^(?!multipart\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;|$)/i

/** Makes the request's headers fit for the HTTP API at `host`, which knows names in lower case only. */
export function rewriteHeaders(request: IncomingMessage, host: string, originSecret: string | undefined): void {
  rewrite(request, isPassed, { host, ...edgeHeaders(request, originSecret) })
  const contentType = request.headers['content-type']
  if (contentType !== undefined && !plainContentType.test(contentType)) {
    request.headers['content-type'] = 'application/octet-stream'
  }
  request.rawHeaders = Object.entries(request.headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((one) => [name, one]),
  )
}

/**
 * Makes the headers of an upgrade fit for the WebSocket API at `host`, each name in the viewer's case.
 *
 * Extensions are not offered on: the gateway has none, and a compressed frame's length would not be its payload's.
 */
export function rewriteUpgradeHeaders(request: IncomingMessage, host: string, originSecret: string | undefined): void {
  const added = { Host: host, ...edgeHeaders(request, originSecret), Connection: 'Upgrade', Upgrade: 'websocket' }
  const isPassedOn = (name: string): boolean => isPassed(name) && !notForUpgrades.test(name)
  rewrite(request, isPassedOn, added)

  const lines = Object.entries(added).flat()
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(at, at + 2)
    if (isPassedOn(name)) lines.push(name, value)
  }
  request.rawHeaders = lines
}

function isPassed(name: string): boolean {
  return !forbidden.test(name) && !hopByHop.test(name)
}

function rewrite({ headers }: IncomingMessage, isKept: (name: string) => boolean, added: Record<string, string>): void {
  for (const name of Object.keys(headers)) if (!isKept(name)) delete headers[name]
  for (const [name, value] of Object.entries(added)) headers[name.toLowerCase()] = value
}
