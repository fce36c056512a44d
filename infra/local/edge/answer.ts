/**
 * Reads a function's answer as an HTTP API does, in payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */

export type Answer = { status: number; headers: Map<string, string | string[]>; body: Buffer }

/** Headers of the connection and of the body's length: the edge sets them itself. */
const ofTheConnection = /^(connection|keep-alive|content-length|transfer-encoding|upgrade|trailer)$/i

/** @throws Error - when the answer is invalid; the gateway treats that as a failure of the function. */
export function answerOf(result: unknown): Answer {
  if (!isObject(result) || result.statusCode === undefined) {
    const body = typeof result === 'string' ? result : JSON.stringify(result ?? null)
    return { status: 200, headers: new Map([['content-type', 'application/json']]), body: Buffer.from(body) }
  }
  const { statusCode, headers, cookies, body = '', isBase64Encoded } = result
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Error(`No status: ${statusCode}`)
  const named = Object.entries(isObject(headers) ? headers : {}).filter(([name]) => !ofTheConnection.test(name))
  const all = new Map<string, string | string[]>(named.map(([name, value]) => [name.toLowerCase(), String(value)]))
  if (Array.isArray(cookies)) all.set('set-cookie', cookies.map(String))
  return { status, headers: all, body: Buffer.from(String(body ?? ''), isBase64Encoded === true ? 'base64' : 'utf8') }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
