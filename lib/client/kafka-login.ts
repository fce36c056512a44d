/**
 * How the producer logs in to MSK: TLS, and a token of IAM by SASL OAUTHBEARER (RFC 7628), made at each log-in.
 *
 * kafkajs has the mechanism, too, but reads no answer to it: a broker that says why it refuses the token would be taken for one
 * that accepts it, until it hangs up.
 */
import type { AuthenticationProviderArgs, KafkaConfig } from 'kafkajs'
import { kafkaToken } from './presign.ts'

export const iamLogin: Pick<KafkaConfig, 'ssl' | 'sasl'> = {
  ssl: true,
  sasl: {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({ authenticate: () => logIn(saslAuthenticate) }),
  },
}

async function logIn(say: AuthenticationProviderArgs['saslAuthenticate']): Promise<void> {
  const reason = await say({ request: bytes(`n,,\x01auth=Bearer ${kafkaToken()}\x01\x01`), response: text })
  if (!reason) return
  // The broker waits for this before it hangs up.
  await say({ request: bytes('\x01') }).catch(() => undefined)
  throw new Error(`Kafka refuses the token: ${reason}`)
}

const lengthBytes = 4

const bytes = (content: string) => ({
  encode: () => {
    const length = Buffer.alloc(lengthBytes)
    length.writeInt32BE(Buffer.byteLength(content))
    return Buffer.concat([length, Buffer.from(content)])
  },
})

const text = { decode: (raw: Buffer) => raw.subarray(lengthBytes), parse: (content: Buffer) => content.toString() }
