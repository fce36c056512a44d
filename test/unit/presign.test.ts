/** Tokens for the stores: signed as AWS' own signers sign. */

import { Signer } from '@aws-sdk/rds-signer'
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { cacheToken, databaseToken, kafkaToken } from '../../lib/client/presign.ts'
import { config } from '../../lib/core/config.ts'
import { signed } from '../support/aws-token.ts'

const { region, awsCredentials: credentials } = config

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-25T10:11:12Z'), toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** The parameters of a signed address, without who says that it asks. */
function parametersOf(url: string): Record<string, string> {
  const parameters = Object.fromEntries(new URL(url).searchParams)
  delete parameters['User-Agent']
  return parameters
}

it.each([
  ['mysql://gochat@db.example.com:3307/gochat', 3307, 'gochat'],
  // The usual port is signed, too.
  ['mysql://a%40b@db.example.com/gochat', 3306, 'a@b'],
])('a token of MySQL is that of the signer of RDS: %s', async (address, port, username) => {
  const official = await new Signer({ region, credentials, hostname: 'db.example.com', port, username }).getAuthToken()
  const ours = databaseToken(new URL(address))
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
  const query = { Action: 'connect', User: 'gochat-dev', ResourceType: 'ServerlessCache' }
  const official = await signed({ service: 'elasticache', region, host: 'gochat-dev', query }, credentials)
  const ours = cacheToken('gochat-dev', 'gochat-dev')
  expect(parametersOf(`http://${ours}`)).toEqual(official)
})

it('an address of an object is that of the example in the documentation of S3', async () => {
  vi.setSystemTime(new Date('2013-05-24T00:00:00Z'))
  vi.resetModules()
  const awsCredentials = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  }
  vi.doMock('../../lib/core/config.ts', () => ({ config: { region: 'us-east-1', awsCredentials } }))
  const { objectUrl } = await import('../../lib/client/presign.ts')
  const url = objectUrl('examplebucket.s3.amazonaws.com', { path: '/test.txt', query: {}, seconds: 86_400 })
  vi.doUnmock('../../lib/core/config.ts')
  expect(url).toMatch(/^\/test\.txt\?.*X-Amz-Expires=86400&/)
  expect(parametersOf(`https://bucket${url}`)['X-Amz-Signature']).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  )
})
