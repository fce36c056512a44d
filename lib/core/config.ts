/** The configuration: the only place that reads the environment, once, checked and frozen. */

export interface Config {
  /** `local` on a laptop and in tests; anything else is a deployed stage. */
  stage: string
  jwtSecret: string
  tokenTtlSeconds: number
  mysqlUrl: string
  redisUrl: string
  kafkaBrokers: readonly string[]
  messageTopic: string
  /** The WebSocket API's management endpoint, which takes posts to connections. */
  gatewayEndpoint: string
  region: string
  /** Sign the posts to connections. Lambda sets them in the environment; they stay valid as long as it lives. */
  awsCredentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  /** IANA zone of the times that are shown as text. Checked at first use, because the check takes 12 ms. */
  timeZone: string
  /** Origins whose requests may authenticate by cookie. Locally the launcher sets its own, since it knows the port. */
  cookieOrigins: readonly string[]
  /** Messages that a user may send: a second on average, and in a burst after a pause. */
  messageRate: { perSecond: number; burst: number }
  /** Log-ins and registrations a minute, from one address and for one account. */
  credentialRate: { perAddress: number; perAccount: number }
  logLevel: 'debug' | 'info' | 'warn' | 'error'
}

const localSecret = 'local-development-only-secret-not-for-deployment'
const logLevels = ['debug', 'info', 'warn', 'error'] as const

/**
 * Reads and checks the configuration.
 *
 * Outside `local`, nothing secret or external has a default.
 *
 * @throws Error naming the variable that is missing or wrong.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const stage = env.STAGE || missing('STAGE')
  const isLocal = stage === 'local'
  const text = (name: string, local: string): string => env[name] || (isLocal ? local : missing(name))
  const integer = (name: string, fallback: number): number => {
    const value = Number(env[name] || fallback)
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a positive integer`)
    return value
  }

  const logLevel = logLevels.find((level) => level === (env.LOG_LEVEL || 'info'))
  if (!logLevel) throw new Error(`LOG_LEVEL must be one of ${logLevels.join(', ')}`)

  let zone: string | undefined
  return Object.freeze({
    stage,
    jwtSecret: checkedSecret(text('JWT_SECRET', localSecret), isLocal),
    tokenTtlSeconds: integer('TOKEN_TTL_SECONDS', 72 * 3600),
    mysqlUrl: text('MYSQL_URL', 'mysql://root@127.0.0.1:3306/gochat'),
    redisUrl: text('REDIS_URL', 'redis://127.0.0.1:6379'),
    kafkaBrokers: text('KAFKA_BROKERS', '127.0.0.1:9092').split(','),
    messageTopic: env.MESSAGE_TOPIC || 'chat-messages',
    gatewayEndpoint: text('GATEWAY_ENDPOINT', 'http://127.0.0.1:3001'),
    region: env.AWS_REGION || 'us-east-1',
    awsCredentials: {
      accessKeyId: text('AWS_ACCESS_KEY_ID', 'local'),
      secretAccessKey: text('AWS_SECRET_ACCESS_KEY', 'local'),
      ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    },
    get timeZone() {
      zone ??= checkedZone(env.TIME_ZONE || 'Asia/Shanghai')
      return zone
    },
    cookieOrigins: (env.COOKIE_ORIGINS || '').split(/[\s,]+/).filter(Boolean),
    messageRate: {
      perSecond: integer('MESSAGE_RATE_PER_SECOND', 50),
      burst: integer('MESSAGE_RATE_BURST', 200),
    },
    credentialRate: {
      perAddress: integer('CREDENTIAL_RATE_PER_ADDRESS', 600),
      perAccount: integer('CREDENTIAL_RATE_PER_ACCOUNT', 30),
    },
    logLevel,
  })
}

function missing(name: string): never {
  throw new Error(`${name} is not set`)
}

// HS256 requires a key at least as long as the hash (RFC 7518, 3.2).
function checkedSecret(secret: string, isLocal: boolean): string {
  if (isLocal) return secret
  if (Buffer.byteLength(secret) < 32) throw new Error('JWT_SECRET must be at least 32 bytes outside local use')
  if (secret === localSecret) throw new Error('JWT_SECRET must not be the local default outside local use')
  return secret
}

function checkedZone(zone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return zone
  } catch {
    throw new Error(`TIME_ZONE is not an IANA time zone: ${zone}`)
  }
}

export const config: Config = readConfig(process.env)
