/** Tokens for the stores: signed as AWS' own signers sign. */

import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { Signer } from '@aws-sdk/rds-signer'
import { SignatureV4 } from '@smithy/signature-v4'
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { cacheToken, databaseToken, kafkaToken } from '../../lib/client/presign.ts'
import { config } from '../../lib/core/config.ts'

const { region, awsCredentials: credentials } = config

/** What the SDK's signer wants of a hash. */
class Sha256 {
  #hash: Hash | Hmac
  constructor(secret?: ArrayBuffer | ArrayBufferView | string) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', keyOf(secret))
  }
  update(data: Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {}
}

const keyOf = (secret: ArrayBuffer | ArrayBufferView | string): Buffer =>
  typeof secret === 'string'
    ? Buffer.from(secret)
    : ArrayBuffer.isView(secret)
      ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
      : Buffer.from(secret)

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-25T10:11:12Z'), toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** The parameters of a signed address, without who says that it asks. */
function parametersOf(url: string): Record<string, string> {
  const parameters = Object.fromEntries(new URL(url).searchParams)
  delete parameters['User-Agent']
  return parameters
}

it('a token of MySQL is that of the signer of RDS', async () => {
  const [hostname, port] = ['db.example.com', 3306]
  const official = await new Signer({ region, credentials, hostname, port, username: 'gochat' }).getAuthToken()
  const ours = databaseToken(`${hostname}:${port}`, 'gochat')
  expect(parametersOf(`https://${ours}`)).toEqual(parametersOf(`https://${official}`))
  expect(ours.split('?')[0]).toBe(official.split('?')[0])
})

it('a token of Kafka is that of the signer of MSK', async () => {
  const awsCredentialsProvider = async () => credentials
  const { token } = await generateAuthTokenFromCredentialsProvider({ region, awsCredentialsProvider })
  const decoded = (text: string): string => Buffer.from(text, 'base64url').toString()
  expect(parametersOf(decoded(kafkaToken()))).toEqual(parametersOf(decoded(token)))
  expect(decoded(kafkaToken())).toMatch(/^https:\/\/kafka\.us-east-1\.amazonaws\.com\/\?/)
  expect(kafkaToken()).toMatch(/^[\w-]+$/)
})

it('a token of Redis is what the SDK signs for ElastiCache', async () => {
  const signer = new SignatureV4({ service: 'elasticache', region, credentials, sha256: Sha256 })
  const query = { Action: 'connect', User: 'gochat-dev', ResourceType: 'ServerlessCache' }
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname: 'gochat-dev',
    path: '/',
    query,
    headers: { host: 'gochat-dev' },
  }
  const official = await signer.presign(request, { expiresIn: 900 })
  const ours = cacheToken('gochat-dev', 'gochat-dev')
  expect(parametersOf(`http://${ours}`)).toEqual(official.query)
})
