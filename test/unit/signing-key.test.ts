/** The key that signs tokens, from a Secrets Manager that is played here. */
import { createPrivateKey } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createSigningKey, publicPart } from '../../infra/deploy/keys.ts'
import { openSigningKey } from '../../lib/client/signing-key.ts'
import { isOutage } from '../../lib/core/outage.ts'
import { publicKeysOf } from '../../lib/core/token.ts'

const signing = createSigningKey()
const secret = JSON.stringify(signing)
const another = createSigningKey()
const verifying = (...keys: (typeof signing)[]) => publicKeysOf(JSON.stringify({ keys: keys.map(publicPart) }))
const known = verifying(another, signing)

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
  const signingKey = openSigningKey('arn:one', known)
  for (const key of [await signingKey.get(), await signingKey.get()]) {
    expect(key).toMatchObject({ kid: signing.kid, algorithm: 'ES256' })
    expect(key.key.equals(createPrivateKey({ key: signing, format: 'jwk' }))).toBe(true)
  }
  expect(asked).toEqual(['secretsmanager.GetSecretValue arn:one'])
})

it('is an outage while Secrets Manager is silent, within 3 s', async () => {
  answer = () => {}
  const begun = performance.now()
  const error: unknown = await openSigningKey('arn:silent', known)
    .get()
    .catch((fault: unknown) => fault)
  expect(isOutage(error), String(error)).toBe(true)
  expect(performance.now() - begun).toBeLessThan(3_500)
})

it('is a fault that says why when there is no such secret', async () => {
  answer = give(400, { __type: 'ResourceNotFoundException', Message: 'no such secret' })
  const error: unknown = await openSigningKey('arn:none', known)
    .get()
    .catch((fault: unknown) => fault)
  expect(String(error)).toContain('no such secret')
  expect(isOutage(error)).toBe(false)
})

it.each([
  ['is not among those that verify', verifying(another)],
  ['has the name of another that verifies', verifying({ ...another, kid: signing.kid })],
])('is refused before it signs if it %s', async (title, keys) => {
  answer = give(200, { Name: title, SecretString: secret })
  await expect(openSigningKey(`arn:${title}`, keys).get()).rejects.toThrow(
    `the signing key ${signing.kid} is not among TOKEN_KEYS`,
  )
})

it.each(['not JSON d4f1', '"d4f1"', '{"kid":"d4f1"}'])('is refused without being quoted if it is %s', async (text) => {
  answer = give(200, { Name: text, SecretString: text })
  const error: unknown = await openSigningKey(`arn:${text}`, known)
    .get()
    .catch((fault: unknown) => fault)
  expect(String(error)).toMatch(/^Error: the signing key (is not a JSON Web Key|must be on P-256 and have a kid)$/)
})
