/** The key that signs tokens, from a Secrets Manager that is played here. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { openSigningKey } from '../../lib/client/signing-key.ts'
import { isOutage } from '../../lib/core/outage.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = JSON.stringify({ kid: 'a', ...privateKey.export({ format: 'jwk' }) })

const asked: string[] = []
let answer: (response: ServerResponse) => void
const server = createServer(async (request, response) => {
  const body = JSON.parse((await request.setEncoding('utf8').toArray()).join(''))
  asked.push(`${request.headers['x-amz-target']} ${body.SecretId}`)
  answer(response)
})

const give = (status: number, body: object) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${port}`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'key')
  vi.stubEnv('AWS_REGION', 'us-east-1')
})
beforeEach(() => void asked.splice(0))
afterAll(() => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
})

it('is read from its secret once, and kept', async () => {
  answer = give(200, { Name: 'one', SecretString: secret })
  const signingKey = openSigningKey('arn:one')
  for (const key of [await signingKey.get(), await signingKey.get()]) {
    expect(key).toMatchObject({ kid: 'a', algorithm: 'ES256' })
    expect(key.key.equals(privateKey)).toBe(true)
  }
  expect(asked).toEqual(['secretsmanager.GetSecretValue arn:one'])
})

it('is an outage while Secrets Manager is silent, within 3 s', async () => {
  answer = () => {}
  const begun = performance.now()
  const error: unknown = await openSigningKey('arn:silent')
    .get()
    .catch((fault: unknown) => fault)
  expect(isOutage(error), String(error)).toBe(true)
  expect(performance.now() - begun).toBeLessThan(3_500)
})

it('is a fault that says why when there is no such secret', async () => {
  answer = give(400, { __type: 'ResourceNotFoundException', Message: 'no such secret' })
  const error: unknown = await openSigningKey('arn:none')
    .get()
    .catch((fault: unknown) => fault)
  expect(String(error)).toContain('no such secret')
  expect(isOutage(error)).toBe(false)
})
