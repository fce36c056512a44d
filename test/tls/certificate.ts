/** Certificates for servers of a test, and the authority that signs them, made anew for each run. */
import { generate } from 'selfsigned'

export interface Certificate {
  /** PEM, as is the next. */
  certificate: string
  key: string
}

export interface Authority {
  /** What clients must trust. */
  certificate: string
  /** A certificate for a server, or a client, of this name. */
  issue(name: string): Promise<Certificate>
}

const kind = { keyType: 'ec', algorithm: 'sha256' } as const
const named = (value: string) => [{ name: 'commonName', value }]

export async function createAuthority(name: string): Promise<Authority> {
  const own = await generate(named(name), {
    ...kind,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  return {
    certificate: own.cert,
    async issue(host) {
      const issued = await generate(named(host), {
        ...kind,
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
        ],
      })
      return { certificate: issued.cert, key: issued.private }
    },
  }
}
