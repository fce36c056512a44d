/** What functions call of AWS itself, played: posts to connections are kept, and the one secret is handed out. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Aws {
  /** Of all that is called. */
  url: string
  /** By connection: what was posted to it. */
  posts: Map<string, unknown[]>
  /** The public keys as a JWKS, and the name of the secret that holds the private one. */
  tokenKeys: string
  tokenSigningSecret: string
  stop(): Promise<void>
}

export async function startAws(): Promise<Aws> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const named = { kid: 'one', alg: 'ES256', use: 'sig' }
  const secret = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), ...named })
  const posts = new Map<string, unknown[]>()
  const server = createServer(async (request, response) => {
    const sent = await text(request)
    const [, connection] = request.url?.match(/\/@connections\/([^/?]+)/) ?? []
    if (connection !== undefined) {
      const id = decodeURIComponent(connection)
      if (request.method === 'POST') posts.set(id, [...(posts.get(id) ?? []), ...[JSON.parse(sent)].flat()])
      response.end()
    } else if (String(request.headers['x-amz-target']).endsWith('GetSecretValue')) {
      response.end(JSON.stringify({ SecretString: secret }))
    } else response.writeHead(404).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    posts,
    tokenKeys: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), ...named }] }),
    tokenSigningSecret: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:gochat-token-signing-AbCdEf',
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
