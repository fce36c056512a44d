/** The configuration: what must be given, and what is refused. */
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../lib/core/config.ts'

const deployed = {
  STAGE: 'production',
  JWT_SECRET: 'a-secret-of-at-least-thirty-two-bytes',
  MYSQL_URL: 'mysql://chat@db/gochat',
  REDIS_URL: 'rediss://redis:6379',
  KAFKA_BROKERS: 'b-1:9098,b-2:9098',
  GATEWAY_ENDPOINT: 'https://api/production',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'key',
}

describe('outside local use', () => {
  it('takes what is given', () => {
    const config = readConfig(deployed)
    expect(config).toMatchObject({ stage: 'production', kafkaBrokers: ['b-1:9098', 'b-2:9098'], cookieOrigins: [] })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it.each(Object.keys(deployed))('names %s when it is missing', (name) => {
    expect(() => readConfig({ ...deployed, [name]: '' })).toThrow(`${name} is not set`)
    expect(() => readConfig({ ...deployed, [name]: undefined })).toThrow(`${name} is not set`)
  })

  it.each([
    ['short', 'x'.repeat(31)],
    ['default', 'local-development-only-secret-not-for-deployment'],
  ])('refuses to start with a %s secret', (_kind, secret) => {
    expect(() => readConfig({ ...deployed, JWT_SECRET: secret })).toThrow('JWT_SECRET')
  })
})

describe('locally', () => {
  it('needs nothing but the stage', () => {
    expect(readConfig({ STAGE: 'local' })).toMatchObject({
      tokenTtlSeconds: 259_200,
      timeZone: 'Asia/Shanghai',
      logLevel: 'info',
    })
  })

  it.each([
    ['', []],
    ['http://localhost:8090, http://[::1]:8090', ['http://localhost:8090', 'http://[::1]:8090']],
  ])('knows no origin for cookies but those of COOKIE_ORIGINS: %j', (given, origins) => {
    expect(readConfig({ STAGE: 'local', COOKIE_ORIGINS: given }).cookieOrigins).toEqual(origins)
  })

  it.each([
    ['TOKEN_TTL_SECONDS', 'soon'],
    ['TOKEN_TTL_SECONDS', '-1'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readConfig({ STAGE: 'local', [name]: value })).toThrow(name)
  })

  it('refuses a time zone that is none when it is first asked for', () => {
    const config = readConfig({ STAGE: 'local', TIME_ZONE: 'Mars/Olympus' })
    expect(() => config.timeZone).toThrow('TIME_ZONE')
  })
})
