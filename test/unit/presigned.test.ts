/** Addresses signed for object storage are those that the SDK's own signer makes. */
import { SignatureV4 } from '@smithy/signature-v4'
import { describe, expect, it } from 'vitest'
import { presigned, type StorageRequest } from '../../infra/client/presigned.ts'
import { Sha256 } from '../support/aws-token.ts'

const credentials = { key: 'key', secret: 'secret/+=' }
const now = new Date('2026-01-02T03:04:05.678Z')

async function bySdk({ method, host, path, query = {}, region = 'us-east-1', seconds = 60 }: StorageRequest) {
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials: { accessKeyId: credentials.key, secretAccessKey: credentials.secret },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  })
  const [hostname = '', port] = host.split(':')
  // Says that the body is not signed, and is itself neither sent nor signed.
  const name = 'x-amz-content-sha256'
  const headers = { host, [name]: 'UNSIGNED-PAYLOAD' }
  const request = { method, protocol: 'http:', hostname, path, query: { ...query }, headers }
  const signed = await signer.presign(
    { ...request, ...(port && { port: Number(port) }) },
    { expiresIn: seconds, signingDate: now, unsignableHeaders: new Set([name]), unhoistableHeaders: new Set([name]) },
  )
  return signed.query ?? {}
}

describe('a signed address', () => {
  const cases: Omit<StorageRequest, 'credentials'>[] = [
    { method: 'PUT', host: 'bucket.localhost:9001', path: '/incoming/id' },
    {
      method: 'GET',
      host: 'bucket.s3.eu-central-1.amazonaws.com',
      path: '/chat-files/a/b.png',
      region: 'eu-central-1',
    },
    {
      method: 'GET',
      host: 'localhost:9001',
      path: '/bucket/key',
      query: { 'response-content-disposition': `attachment; filename="a'(*)!.txt"`, versionId: 'a b' },
      seconds: 600,
    },
  ]
  it.each(cases)('is the one of the SDK: $method $path', async (one) => {
    const request = { ...one, credentials }
    const made = new URL(`http://host${presigned(request, now)}`)
    expect(made.pathname).toBe(one.path)
    expect(Object.fromEntries(made.searchParams)).toEqual(await bySdk(request))
  })
})
