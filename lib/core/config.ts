/**
 * The configuration: the only place that reads the environment. Each value is read and checked when it is first used, so that a
 * function needs the variables of what it uses, and no others.
 */

import { type Limit, type LimitName, limits, secondsOf, socketLimits } from './limits.ts'

export interface Config {
  /** `local` on a laptop and in tests; anything else is a deployed stage. */
  stage: string
  /** Signs and verifies tokens locally, and nowhere else. */
  jwtSecret: string
  /** Public keys that verify tokens where deployed: a JSON Web Key Set (RFC 7517). */
  tokenKeys: string
  /** ARN of the secret with the private key that signs tokens where deployed. */
  tokenSigningSecret: string
  tokenTtlSeconds: number
  /** Any of them shows that a request came through the edge. None locally, where nothing stands in front of the functions. */
  originSecrets: readonly string[]
  mysqlUrl: string
  /** Connections to MySQL that one environment of a function opens at most. */
  mysqlConnections: number
  redisUrl: string
  kafkaBrokers: readonly string[]
  /** How to log in to Kafka: not at all, or over TLS with a token of IAM. */
  kafkaAuth: 'none' | 'iam'
  messageTopic: string
  /** What is pushed to very many: see service/connection/slice. */
  fanOutTopic: string
  /** What can never be stored or posted. */
  deadLetterTopic: string
  /** What clients upload and download. */
  storageBucket: string
  /** An S3 API with an access key and its secret as user and password; undefined where deployed, which has AWS' own and a role. */
  storageEndpoint: string | undefined
  /** The origin that clients know, under which the edge serves what is stored. Locally, where it is empty, each request says it. */
  publicOrigin: string
  /** The WebSocket API's management endpoint, which takes posts to connections. */
  gatewayEndpoint: string
  region: string
  /** What the files of one user may take together. */
  mediaBytesPerUser: number
  /** Sign the posts to connections. Lambda sets them in the environment; they stay valid as long as it lives. */
  awsCredentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  /** IANA zone of the times that are shown as text. Checked at first use, because the check takes 12 ms. */
  timeZone: string
  /** Where a token in the address counts, as `?token=`: for sockets alone, which GoChat's clients open so, everywhere, or nowhere. */
  queryToken: (typeof queryTokens)[number]
  /** Origins whose requests may authenticate by cookie. Locally the launcher sets its own, since it knows the port. */
  cookieOrigins: readonly string[]
  /** Frames that a user may send: a second on average, and in a burst after a pause; and how many beyond that are a flood. */
  messageRate: { perSecond: number; burst: number; excess: number }
  /** Sockets that a user may have open. */
  connectionsPerUser: number
  /** Telling friends who is online: how often of one user, evenly spread, and with how many friends at most. */
  presence: { changesPerMinute: number; friends: number }
  /** Requests for friendship that wait for one user's verdict at most. */
  friendRequestsWaiting: number
  /** Members that a group may have. */
  /** How long a message may be edited or recalled by whoever wrote it. */
  changeSeconds: number
  groupMembers: number
  /** Groups that a user may belong to. */
  groupsPerUser: number
  /** The servers by which calls find their way. TURN servers and the clients' credentials share the secret. */
  ice: { stunUrls: readonly string[]; turnUrls: readonly string[]; turnSecret: string; turnTtlSeconds: number }
  /**
   * Wrong passwords in a row: how many make nobody wait, after how many the next waits for a day, and how long it waits at most
   * before that. An address is known to an account for so many days after the last log-in from it.
   */
  guesses: { free: number; inARow: number; delaySeconds: number; knownDays: number }
  /** The cost of new password hashes, as a power of two. */
  hashRounds: number
  /** How often something may be done. */
  limits: Readonly<Record<LimitName, Limit>>
  logLevel: 'debug' | 'info' | 'warn' | 'error'
}

const localSecret = 'local-development-only-secret-not-for-deployment'
// Locally all limits of a user or an address are so high that no load on this machine meets them, unless RATE_LIMITS is `on`.
const unmetFactor = 1_000
const logLevels = ['debug', 'info', 'warn', 'error'] as const
const queryTokens = ['socket', 'all', 'none'] as const

/**
 * The configuration that an environment holds. Outside `local`, nothing secret or external has a default.
 *
 * Each value throws an error that names its variable if that is missing or wrong.
 *
 * @throws Error when the stage is `local` on Lambda: its key stands in this file.
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  // Of what Lambda's runtime sets, this is what serverless-offline does not set, too: the address from which it gets its work.
  if (env.STAGE === 'local' && env.AWS_LAMBDA_RUNTIME_API)
    throw new Error('STAGE is local, whose keys everybody knows: on Lambda it has to name a deployed stage')
  const isLocal = (): boolean => (env.STAGE || missing('STAGE')) === 'local'
  const text = (name: string, local: string): string => env[name] || (isLocal() ? local : missing(name))
  const integer = (name: string, fallback: number): number => {
    const value = Number(env[name] || fallback)
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a positive integer`)
    return value
  }
  const limit = ({ variable, count }: { variable: string; count: number }): number =>
    integer(variable, isLocal() && env.RATE_LIMITS !== 'on' ? count * unmetFactor : count)

  return lazily({
    stage: () => env.STAGE || missing('STAGE'),
    jwtSecret: () => (isLocal() ? env.JWT_SECRET || localSecret : notLocal('JWT_SECRET')),
    tokenKeys: () => env.TOKEN_KEYS || missing('TOKEN_KEYS'),
    tokenSigningSecret: () => env.TOKEN_SIGNING_SECRET || missing('TOKEN_SIGNING_SECRET'),
    tokenTtlSeconds: () => integer('TOKEN_TTL_SECONDS', 72 * 3600),
    originSecrets: () => {
      const secrets = listOf(env.ORIGIN_SECRET)
      return secrets.length > 0 || isLocal() ? secrets : missing('ORIGIN_SECRET')
    },
    mysqlUrl: () => text('MYSQL_URL', 'mysql://root@127.0.0.1:3306/gochat'),
    mysqlConnections: () => integer('MYSQL_CONNECTIONS', isLocal() ? 10 : 2),
    redisUrl: () => text('REDIS_URL', 'redis://127.0.0.1:6379'),
    kafkaBrokers: () => text('KAFKA_BROKERS', '127.0.0.1:9092').split(','),
    kafkaAuth: () => (env.KAFKA_AUTH === 'iam' ? 'iam' : 'none'),
    messageTopic: () => env.MESSAGE_TOPIC || 'chat-messages',
    fanOutTopic: () => env.FAN_OUT_TOPIC || 'chat-fan-out',
    deadLetterTopic: () => env.DEAD_LETTER_TOPIC || 'chat-messages-dead-letter',
    storageBucket: () => text('STORAGE_BUCKET', 'gochat-media'),
    storageEndpoint: () => (isLocal() ? env.STORAGE_ENDPOINT || 'http://local:local@localhost:9001' : undefined),
    publicOrigin: () => text('PUBLIC_ORIGIN', ''),
    gatewayEndpoint: () => text('GATEWAY_ENDPOINT', 'http://127.0.0.1:3001'),
    region: () => env.AWS_REGION || 'us-east-1',
    mediaBytesPerUser: () => integer('MEDIA_MEGABYTES_PER_USER', 1_024) * 2 ** 20,
    awsCredentials: () => ({
      accessKeyId: text('AWS_ACCESS_KEY_ID', 'local'),
      secretAccessKey: text('AWS_SECRET_ACCESS_KEY', 'local'),
      ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    }),
    timeZone: () => checkedZone(env.TIME_ZONE || 'Asia/Shanghai'),
    queryToken: () => oneOf(queryTokens, 'QUERY_TOKEN', env.QUERY_TOKEN || 'socket'),
    cookieOrigins: () => listOf(env.COOKIE_ORIGINS).map(exactOrigin),
    messageRate: () => ({
      perSecond: limit(socketLimits.framesPerSecond),
      burst: limit(socketLimits.framesAtOnce),
      excess: limit(socketLimits.framesBeyond),
    }),
    connectionsPerUser: () => limit(socketLimits.connections),
    presence: () => ({
      changesPerMinute: limit(socketLimits.presenceChanges),
      friends: limit(socketLimits.presenceFriends),
    }),
    guesses: () => ({
      free: integer('PASSWORD_FAILURES_FREE', 10),
      inARow: integer('PASSWORD_FAILURES_IN_A_ROW', 100),
      delaySeconds: integer('PASSWORD_DELAY_MAX_SECONDS', 3600),
      knownDays: integer('KNOWN_ADDRESS_DAYS', 90),
    }),
    friendRequestsWaiting: () => integer('FRIEND_REQUESTS_WAITING', 2_000),
    changeSeconds: () => integer('MESSAGE_CHANGE_SECONDS', 86_400),
    groupMembers: () => integer('GROUP_MEMBERS', 500),
    groupsPerUser: () => integer('GROUPS_PER_USER', 500),
    ice: () => {
      const turnUrls = iceUrls('TURN_URLS', 'turn', env.TURN_URLS)
      return {
        stunUrls: iceUrls('STUN_URLS', 'stun', env.STUN_URLS),
        turnUrls,
        turnSecret: env.TURN_SECRET || (turnUrls.length > 0 ? missing('TURN_SECRET') : ''),
        turnTtlSeconds: integer('TURN_TTL_SECONDS', 86_400),
      }
    },
    hashRounds: () => {
      const rounds = integer('PASSWORD_HASH_ROUNDS', 10)
      return rounds >= 4 && rounds <= 31 ? rounds : wrong('PASSWORD_HASH_ROUNDS must be from 4 to 31')
    },
    limits: () =>
      Object.fromEntries(
        Object.entries(limits).map(([name, row]) => [name, { count: limit(row), seconds: secondsOf(row) }]),
      ) as Record<LimitName, Limit>,
    logLevel: () => oneOf(logLevels, 'LOG_LEVEL', env.LOG_LEVEL || 'info'),
  })
}

type Readers<T> = { readonly [Name in keyof T]: () => T[Name] }

/** An object whose values are read at their first use, and kept. */
function lazily<T extends object>(readers: Readers<T>): T {
  const properties = Object.entries<() => unknown>(readers).map(([name, read]) => {
    let value: unknown
    const get = (): unknown => {
      value ??= read()
      return value
    }
    return [name, { enumerable: true, get }] as const
  })
  return Object.freeze(Object.defineProperties({}, Object.fromEntries(properties)) as T)
}

const listOf = (text: string | undefined): string[] => (text || '').split(/[\s,]+/).filter(Boolean)

function iceUrls(name: string, scheme: 'stun' | 'turn', text: string | undefined): string[] {
  const urls = listOf(text)
  const isOne = (url: string): boolean => new RegExp(`^${scheme}s?:[^/?#@]+([?]transport=(udp|tcp))?$`).test(url)
  return urls.every(isOne) ? urls : wrong(`${name} must hold addresses such as ${scheme}:${scheme}.example:3478`)
}

function missing(name: string): never {
  throw new Error(`${name} is not set`)
}

const notLocal = (name: string): never => wrong(`${name} is for local use only`)

function wrong(text: string): never {
  throw new Error(text)
}

const oneOf = <T extends string>(values: readonly T[], name: string, value: string): T =>
  values.find((one) => one === value) ?? wrong(`${name} must be one of ${values.join(', ')}`)

/** As browsers write it: they are compared as texts, so anything else would never match, or seem to match more. */
const exactOrigin = (text: string): string =>
  /^[a-z][a-z\d+.-]*:\/\/[^A-Z\s/?#@*]+$/.test(text)
    ? text
    : wrong(`COOKIE_ORIGINS must hold origins such as https://chat.example, not ${text}`)

function checkedZone(zone: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return zone
  } catch {
    throw new Error(`TIME_ZONE is not an IANA time zone: ${zone}`)
  }
}

export const config: Config = readConfig(process.env)
