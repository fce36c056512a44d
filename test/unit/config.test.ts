/** The configuration: what must be given, and what is refused. */
import { describe, expect, it } from 'vitest'
import { type Config, readConfig } from '../../lib/core/config.ts'

const deployed = {
  STAGE: 'production',
  TOKEN_KEYS: '{"keys":[]}',
  TOKEN_SIGNING_SECRET: 'arn:aws:secretsmanager:secret',
  ORIGIN_SECRET: 'one,two',
  MYSQL_URL: 'mysql://chat@db/gochat',
  REDIS_URL: 'rediss://redis:6379',
  STORAGE_BUCKET: 'media',
  PUBLIC_ORIGIN: 'https://chat.example',
  KAFKA_BROKERS: 'b-1:9098,b-2:9098',
  GATEWAY_ENDPOINT: 'https://api/production',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'key',
}

/** What is only used locally. */
const isLocalOnly = (name: string): boolean => name === 'jwtSecret'

/** Everything that a deployed function may use, read. */
const readAll = (env: Record<string, string | undefined>) => {
  const config = readConfig(env)
  return Object.fromEntries(
    Object.keys(config).flatMap((name) => (isLocalOnly(name) ? [] : [[name, config[name as keyof Config]]])),
  )
}

describe('outside local use', () => {
  it('takes what is given', () => {
    expect(readAll(deployed)).toMatchObject({
      stage: 'production',
      kafkaBrokers: ['b-1:9098', 'b-2:9098'],
      cookieOrigins: [],
      originSecrets: ['one', 'two'],
      mysqlConnections: 2,
    })
    expect(Object.isFrozen(readConfig(deployed))).toBe(true)
  })

  it.each(Object.keys(deployed))('names %s when it is missing and used', (name) => {
    expect(() => readAll({ ...deployed, [name]: '' })).toThrow(`${name} is not set`)
    expect(() => readAll({ ...deployed, [name]: undefined })).toThrow(`${name} is not set`)
  })

  it('needs nothing of what is not used', () => {
    const config = readConfig({ STAGE: 'production', REDIS_URL: 'rediss://redis:6379' })
    expect(config.redisUrl).toBe('rediss://redis:6379')
    expect(() => config.mysqlUrl).toThrow('MYSQL_URL is not set')
  })

  it.each([',', ' ', ' , '])('takes %j for no origin secret, rather than for one that everybody shows', (given) => {
    expect(() => readConfig({ ...deployed, ORIGIN_SECRET: given }).originSecrets).toThrow('ORIGIN_SECRET is not set')
  })

  it('has no secret that both signs and verifies', () => {
    expect(() => readConfig({ ...deployed, JWT_SECRET: 'x'.repeat(32) }).jwtSecret).toThrow('JWT_SECRET')
  })
})

describe('locally', () => {
  it('needs nothing but the stage', () => {
    expect(readConfig({ STAGE: 'local' })).toMatchObject({
      tokenTtlSeconds: 259_200,
      timeZone: 'Asia/Shanghai',
      logLevel: 'info',
      originSecrets: [],
      mysqlConnections: 10,
    })
  })

  it('is refused on Lambda, whose functions would have the keys of every laptop', () => {
    const onLambda = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001', AWS_LAMBDA_FUNCTION_NAME: 'gochat-local-userLogin' }
    expect(() => readConfig({ STAGE: 'local', ...onLambda })).toThrow('STAGE is local')
    expect(() => readConfig({ ...deployed, STAGE: 'local', ...onLambda })).toThrow('STAGE is local')
    expect(readConfig({ ...deployed, ...onLambda }).stage).toBe('production')
  })

  it('is taken under serverless-offline, which sets some of Lambda’s variables, too', () => {
    const offline = { AWS_LAMBDA_FUNCTION_NAME: 'gochat-local-userLogin', LAMBDA_TASK_ROOT: '/var/task', _HANDLER: 'x' }
    expect(readConfig({ STAGE: 'local', ...offline }).jwtSecret).toBeTruthy()
  })

  it.each(['Local', 'LOCAL', ' local', 'local ', 'locale'])('is not meant by %j', (stage) => {
    expect(() => readConfig({ STAGE: stage, JWT_SECRET: 'x' }).jwtSecret).toThrow('JWT_SECRET')
    expect(() => readConfig({ STAGE: stage }).originSecrets).toThrow('ORIGIN_SECRET is not set')
  })

  it.each([
    ['', []],
    ['http://localhost:8090, http://[::1]:8090', ['http://localhost:8090', 'http://[::1]:8090']],
    ['https://chat.example capacitor://localhost', ['https://chat.example', 'capacitor://localhost']],
  ])('knows no origin for cookies but those of COOKIE_ORIGINS: %j', (given, origins) => {
    expect(readConfig({ STAGE: 'local', COOKIE_ORIGINS: given }).cookieOrigins).toEqual(origins)
  })

  it.each([
    '*',
    'null',
    'https://*.example',
    'https://chat.example/',
    'chat.example',
    'https://Chat.example',
    'https://a@b.example',
  ])('takes nothing for an origin that no browser would name: %s', (given) => {
    const config = readConfig({ ...deployed, COOKIE_ORIGINS: `https://chat.example,${given}` })
    expect(() => config.cookieOrigins).toThrow('COOKIE_ORIGINS')
  })

  it.each([
    ['TOKEN_TTL_SECONDS', 'soon'],
    ['TOKEN_TTL_SECONDS', '-1'],
    ['MYSQL_CONNECTIONS', '0'],
    ['LOG_LEVEL', 'loud'],
    ['QUERY_TOKEN', 'http'],
    ['COOKIE_ORIGINS', '*'],
  ])('refuses %s=%s by name', (name, value) => {
    expect(() => readAll({ ...deployed, STAGE: 'local', [name]: value })).toThrow(name)
  })

  it('refuses a time zone that is none when it is first asked for', () => {
    const config = readConfig({ STAGE: 'local', TIME_ZONE: 'Mars/Olympus' })
    expect(() => config.timeZone).toThrow('TIME_ZONE')
  })
})
