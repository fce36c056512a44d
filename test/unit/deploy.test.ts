/** What the deploy command decides by itself, without AWS. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readOptions } from '../../infra/deploy/command.ts'
import { createSigningKey, publicPart } from '../../infra/deploy/keys.ts'

const { signal } = new AbortController()
const options = (...args: string[]) => readOptions(['--region', 'us-east-1', ...args], signal)

describe('the options', () => {
  it('name a stage that can be deployed', () => {
    for (const args of [[], ['--stage', 'local']]) expect(() => options(...args)).toThrow('Name the stage')
    for (const stage of ['Dev', 'dev_1', '1dev', 'x'.repeat(17)])
      expect(() => options('--stage', stage)).toThrow('small letters, digits and hyphens')
  })

  it('make all stages small but production', () => {
    expect(options('--stage', 'prod').size).toBe('prod')
    for (const stage of ['dev', 'production', 'prod-2']) expect(options('--stage', stage).size).toBe('dev')
  })

  it('leave alone what is not named, and refuse what is not known', () => {
    expect(options('--stage', 'dev')).toMatchObject({
      nat: undefined,
      brokers: undefined,
      isSure: false,
      isLeaked: false,
      isOrigin: false,
    })
    expect(() => options('--stage', 'dev', '--nat', 'yes')).toThrow('--nat is true or false')
    expect(() => options('--stage', 'dev', '--force')).toThrow('--force')
  })
})

describe('the key that signs tokens', () => {
  it('has a public part that checks what it signs, under the same name, and cannot sign', () => {
    const key = createSigningKey()
    const open = publicPart(key)
    const text = Buffer.from('header.payload')
    const signature = sign('sha256', text, createPrivateKey({ key, format: 'jwk' }))
    expect(verify('sha256', text, createPublicKey({ key: open, format: 'jwk' }), signature)).toBe(true)
    expect(open).toMatchObject({ kid: key.kid, alg: 'ES256', kty: 'EC', crv: 'P-256' })
    expect(open).not.toHaveProperty('d')
  })

  it('is another each time, and named after what it is', () => {
    const [a, b] = [createSigningKey(), createSigningKey()]
    expect(a.kid).toMatch(/^[\w-]{43}$/)
    expect(a.kid).not.toBe(b.kid)
  })
})
