/** The headers that describe the viewer to an API. */
import type { IncomingMessage } from 'node:http'

/** Headers that only CloudFront and the gateways set: a viewer's own are dropped. */
const forbidden = /^(cloudfront-.*|via|x-amz-cf-.*|x-amzn-.*|x-forwarded-(for|port|proto))$/i

/** Headers of one connection only (RFC 9110, section 7.6.1), and `Expect`, which the edge has answered. */
const hopByHop =
  /^(connection|proxy-connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-authorization|expect)$/i

/** The viewer's network address. */
export function addressOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
}

/**
 * The headers that the edge adds, in the case in which a WebSocket API shows them: it passes names as they came.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
 */
export function addedHeaders(request: IncomingMessage): Record<string, string> {
  const { socket } = request
  const address = addressOf(request)
  const before = request.headers['x-forwarded-for']
  return {
    'CloudFront-Viewer-Address': `${address}:${socket.remotePort ?? 0}`,
    'X-Forwarded-For': before === undefined ? address : `${before}, ${address}`,
    'X-Forwarded-Port': String(socket.localPort ?? ''),
    'X-Forwarded-Proto': 'http',
  }
}

/** The viewer's own headers, names in lower case, repeated ones joined by commas. */
export function passedHeaders({ headersDistinct }: IncomingMessage): Record<string, string> {
  const passed = Object.entries(headersDistinct).filter(([name]) => isPassed(name))
  return Object.fromEntries(passed.map(([name, values = []]) => [name, values.join(',')]))
}

/** The headers of an upgrade as a WebSocket API shows them, without the host: names in the viewer's case, repeated ones apart. */
export function upgradeHeaders(request: IncomingMessage): [string, string][] {
  const headers = Object.entries(addedHeaders(request))
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(at, at + 2)
    if (isPassed(name) && !/^host$/i.test(name)) headers.push([name, value])
  }
  return headers
}

function isPassed(name: string): boolean {
  return !forbidden.test(name) && !hopByHop.test(name)
}
