/** What AWS does with a token that a store is shown, played: it counts for 15 minutes if AWS' own signer signs it the same. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Claim, type Credentials, signed } from '../support/aws-token.ts'

const lifetimeMs = 900_000
const signatureName = 'X-Amz-Signature'

export interface Checked {
  /** Why the token does not count; undefined if it does. */
  fault: string | undefined
  expiresAt: number
}

/** Checks `host/?parameters`, signed by the owner of the credentials. */
export async function checkToken(token: string, claim: Claim, credentials: Credentials): Promise<Checked> {
  const url = URL.parse(`https://${token}`)
  const signedAt = dateOf(url?.searchParams.get('X-Amz-Date') ?? '')
  const expiresAt = signedAt + lifetimeMs
  if (!url || Number.isNaN(signedAt)) return { fault: 'it is no token', expiresAt }
  if (url.host !== claim.host) return { fault: `the token is for ${url.host}, not for ${claim.host}`, expiresAt }
  const { [signatureName]: signature, ...said } = await signed(claim, credentials, new Date(signedAt))
  const others = Object.keys(said).filter((name) => url.searchParams.get(name) !== said[name])
  if (others.length > 0) return { fault: `the token has another ${others.join(', ')}`, expiresAt }
  if (url.searchParams.get(signatureName) !== signature) return { fault: 'the signature is wrong', expiresAt }
  return { fault: expiresAt <= Date.now() ? 'the token has expired' : undefined, expiresAt }
}

/** The time in `20261125T101112Z`. */
const dateOf = (compact: string): number =>
  Date.parse(compact.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

/** An address at which Kafka asks about tokens (RFC 7662). `GET` lists those that it was asked about. */
export async function openIntrospection(
  claim: Claim,
  credentials: Credentials,
): Promise<{ url: string; stop(): Promise<void> }> {
  const shown: string[] = []
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json')
    if (request.method === 'GET') return response.end(JSON.stringify(shown))
    const token = new URLSearchParams(await text(request)).get('token') ?? ''
    const address = Buffer.from(token, 'base64url').toString()
    shown.push(address)
    const { fault, expiresAt } = await checkToken(address.replace(/^https:\/\//, ''), claim, credentials)
    const about = { sub: credentials.accessKeyId, exp: Math.floor(expiresAt / 1000) }
    return response.end(JSON.stringify({ active: fault === undefined, ...(fault === undefined && about) }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
