/**
 * Tokens by which a function logs in to its stores: the address of a request that only its role may make, signed for 15 minutes
 * (AWS Signature Version 4, query form). Nothing is called; a test compares the signatures with AWS' own signers.
 *
 * Sources: the guides "IAM database authentication" of RDS, "Authenticating with IAM" of ElastiCache, and the signer of MSK.
 */
import { createHmac, hash } from 'node:crypto'
import { config } from '../core/config.ts'

interface Presigned {
  service: 'kafka-cluster' | 'rds-db' | 'elasticache'
  host: string
  query: Record<string, string>
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

/** `host/?query` with the signature. */
function presign({ service, host, query }: Presigned, now = new Date()): string {
  const { accessKeyId, secretAccessKey, sessionToken } = config.awsCredentials
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  const parts = [time.slice(0, 8), config.region, service, 'aws4_request']
  const scope = parts.join('/')
  const parameters = {
    ...query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${accessKeyId}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(lifetimeSeconds),
    ...(sessionToken && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  }
  // Sorted by name, as the signature requires.
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  const sorted = pairs.sort().join('&')
  const canonical = ['GET', '/', sorted, `host:${host}\n`, 'host', hash('sha256', '', 'hex')].join('\n')
  const text = [algorithm, time, scope, hash('sha256', canonical, 'hex')].join('\n')
  const key = parts.reduce(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  )
  return `${host}/?${sorted}&X-Amz-Signature=${createHmac('sha256', key).update(text).digest('hex')}`
}
