/**
 * AWS Signature Version 4 for the management endpoint of a WebSocket API.
 *
 * The SDK's general signer takes more CPU than the request that it signs. A test compares each header with the SDK's.
 * Source: the IAM user guide, "Create a signed AWS API request".
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface Unsigned {
  method: 'POST' | 'DELETE'
  /** With the port unless it is the default one. */
  host: string
  /** As sent: encoded once. */
  path: string
  body: Buffer
}

export type Sign = (request: Unsigned, now: Date) => Record<string, string>

const algorithm = 'AWS4-HMAC-SHA256'

/** Returns a signer: it makes the headers of a request, with the signature. */
export function createSigner(region: string, { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): Sign {
  let signedDay = ''
  let scope = ''
  let key: KeyObject | undefined

  // The key is valid for a day. Node prepares a key object once, a buffer at each signature.
  function keyOf(day: string): KeyObject {
    if (key && day === signedDay) return key
    const parts = [day, region, 'execute-api', 'aws4_request']
    const last = parts.reduce(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    )
    signedDay = day
    scope = parts.join('/')
    key = createSecretKey(last)
    return key
  }

  return ({ method, host, path, body }, now) => {
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
    const signingKey = keyOf(time.slice(0, 8))
    // Sorted by name, as the signature requires.
    const headers: Record<string, string> = {
      'content-length': String(body.length),
      'content-type': 'application/octet-stream',
      host,
      'x-amz-content-sha256': hash('sha256', body, 'hex'),
      'x-amz-date': time,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    }
    const names = Object.keys(headers).join(';')
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
    const canonical = [method, encodedAgain(path), '', lines.join(''), names, headers['x-amz-content-sha256']]
    const text = [algorithm, time, scope, hash('sha256', canonical.join('\n'), 'hex')].join('\n')
    const signature = createHmac('sha256', signingKey).update(text).digest('hex')
    headers.authorization = `${algorithm} Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
    return headers
  }
}

// All services but S3 sign the path encoded twice. The signature also encodes some marks that encodeURIComponent leaves.
function encodedAgain(path: string): string {
  return path
    .split('/')
    .map((segment) =>
      encodeURIComponent(segment).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
    )
    .join('/')
}
