/**
 * Requests to object storage, signed in their address (AWS Signature Version 4, query form), as clients are given them.
 *
 * Source: the Amazon S3 API reference, "Authenticating requests: using query parameters".
 */
import { createHmac, hash } from 'node:crypto'

export interface StorageCredentials {
  key: string
  secret: string
}

export interface StorageRequest {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** As it will be sent: with the port unless it is the default one. */
  host: string
  /** As it will be sent. */
  path: string
  /** Signed, too. */
  query?: Readonly<Record<string, string>>
  credentials: StorageCredentials
  region?: string
  seconds?: number
}

const algorithm = 'AWS4-HMAC-SHA256'

/** The path and the query to send. The body is not signed, and of the headers only the host. */
export function presigned(request: StorageRequest, now = new Date()): string {
  const { method, host, path, query, credentials, region = 'us-east-1', seconds = 60 } = request
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const parts = [time.slice(0, 8), region, 's3', 'aws4_request']
  const scope = parts.join('/')
  const parameters = {
    ...query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${credentials.key}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(seconds),
    'X-Amz-SignedHeaders': 'host',
  }
  const pairs = Object.entries(parameters).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  const sorted = pairs.sort().join('&')
  const canonical = [method, path, sorted, `host:${host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n')
  const text = [algorithm, time, scope, hash('sha256', canonical, 'hex')].join('\n')
  const signingKey = parts.reduce(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${credentials.secret}`),
  )
  const signature = createHmac('sha256', signingKey).update(text).digest('hex')
  return `${path}?${sorted}&X-Amz-Signature=${signature}`
}

/** The signature encodes some marks that encodeURIComponent leaves. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}
