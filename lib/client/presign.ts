/**
 * Signed addresses (AWS Signature Version 4, query form): tokens by which a function logs in to its stores, which are addresses of
 * requests that only its role may make, and objects of a bucket. Nothing is called; a test compares the signatures with AWS' own signers.
 *
 * Sources: the guides "IAM database authentication" of RDS, "Authenticating with IAM" of ElastiCache, the signer of MSK, and
 * "Authenticating Requests: Using Query Parameters" of S3.
 */
import { createHmac, hash } from 'node:crypto'
import { config } from '../core/config.ts'
import type { AwsCredentials } from './signature.ts'

interface Presigned {
  service: 'kafka-cluster' | 'rds-db' | 'elasticache' | 's3'
  host: string
  query: Record<string, string>
  method?: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** With the slash in front; of characters that need no encoding. */
  path?: string
  /** Those that have to come with the request, by their names in lower case. */
  headers?: Record<string, string>
  seconds?: number
  /** Those of AWS that the function has, if none are given. */
  credentials?: AwsCredentials
}

const algorithm = 'AWS4-HMAC-SHA256'
const lifetimeSeconds = 900

/** The password of the user whom the address of a database names. The port is always signed. */
export const databaseToken = ({ hostname, port, username }: URL): string =>
  presign({
    service: 'rds-db',
    host: `${hostname}:${port || 3306}`,
    query: { Action: 'connect', DBUser: decodeURIComponent(username) },
  })

/** The password of a user of a serverless cache. */
export const cacheToken = (cache: string, user: string): string =>
  presign({
    service: 'elasticache',
    host: cache,
    query: { Action: 'connect', ResourceType: 'ServerlessCache', User: user },
  })

/** What Kafka's OAUTHBEARER mechanism sends to MSK. */
export function kafkaToken(): string {
  const query = { Action: 'kafka-cluster:Connect' }
  const signed = presign({ service: 'kafka-cluster', host: `kafka.${config.region}.amazonaws.com`, query })
  // MSK wants to know who asks; it is not part of what is signed.
  return Buffer.from(`https://${signed}&User-Agent=gochat`).toString('base64url')
}

/** An object of a bucket: `/path?query` with the signature. What is put there is not part of it. */
export const objectUrl = (host: string, object: Omit<Presigned, 'service' | 'host'>): string =>
  presign({ service: 's3', host, ...object }).slice(host.length)

/** `host/path?query` with the signature. */
function presign(request: Presigned, now = new Date()): string {
  const { service, host, query, method = 'GET', path = '/', headers = {}, seconds = lifetimeSeconds } = request
  const { accessKeyId, secretAccessKey, sessionToken } = request.credentials ?? config.awsCredentials
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const parts = [time.slice(0, 8), config.region, service, 'aws4_request']
  const scope = parts.join('/')
  // Sorted by name, as the signature requires.
  const signed = Object.entries({ host, ...headers }).sort(([one], [other]) => (one < other ? -1 : 1))
  const names = signed.map(([name]) => name).join(';')
  const parameters = {
    ...query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(seconds),
    ...(sessionToken && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': names,
  }
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encoded(value)}`)
  const sorted = pairs.sort().join('&')
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('')
  // Of what is sent to a bucket by a signed address nothing is known yet.
  const payload = service === 's3' ? 'UNSIGNED-PAYLOAD' : hash('sha256', '', 'hex')
  const canonical = [method, path, sorted, lines, names, payload].join('\n')
  const text = [algorithm, time, scope, hash('sha256', canonical, 'hex')].join('\n')
  const key = parts.reduce(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  )
  return `${host}${path}?${sorted}&X-Amz-Signature=${createHmac('sha256', key).update(text).digest('hex')}`
}

// The signature also encodes some marks that encodeURIComponent leaves.
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
