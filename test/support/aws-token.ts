/** Tokens of IAM, as AWS' own signer makes them. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** What a token says, beside who signed it and when. */
export interface Claim {
  service: string
  region: string
  /** With the port unless it is the default one. */
  host: string
  query: Record<string, string>
}

const expiresIn = 900

/** The parameters of the signed address. */
export async function signed(
  { service, region, host, query }: Claim,
  credentials: Credentials,
  signingDate = new Date(),
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 })
  const request = { method: 'GET', protocol: 'https:', hostname: host, path: '/', query, headers: { host } }
  const { query: parameters = {} } = await signer.presign(request, { expiresIn, signingDate })
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]))
}

/** The signed address, with the parameters in the order in which clients of AWS send them. */
export async function tokenOf(claim: Claim, credentials: Credentials, signingDate = new Date()): Promise<string> {
  const { 'X-Amz-Signature': signature, ...rest } = await signed(claim, credentials, signingDate)
  const pairs = Object.entries(rest).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `${claim.host}/?${pairs.sort().join('&')}&X-Amz-Signature=${signature}`
}

/** What the SDK's signer wants of a hash. */
export class Sha256 {
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
