/** Real MySQL, Redis and Kafka that let nobody in without TLS and a user: the servers of infra/services, told more. */
import { appendFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { userStatements } from '../../infra/deploy/database.ts'
import type { ServiceName } from '../../infra/services/choose.ts'
import { serverEnvironment } from '../../infra/services/environment.ts'
import type { Installation } from '../../infra/services/maven.ts'
import { choosePorts } from '../../infra/services/port.ts'
import { probeMysql, probeRedis } from '../../infra/services/probe.ts'
import { type Command, programs } from '../../infra/services/program.ts'
import { createServer } from '../../infra/services/server.ts'
import { allSettled } from '../../infra/services/servers.ts'

/** In the folder of the stores: the servers' certificate with its key, and the authority of all. */
export const files = {
  certificate: 'server.pem',
  key: 'server.key',
  both: 'server-with-key.pem',
  authority: 'authority.pem',
}

/** What the functions' user is called in Redis. */
export const cacheUser = 'gochat'
/** A user, with a password that has to be encoded in an address. */
export const person = { name: 'ada', password: 'p@ss:w/rd' }
const administrator = { name: 'admin', password: 'of-the-test' }

export interface Setting {
  folder: string
  installation: Installation
  signal: AbortSignal
  /** Where Kafka asks about tokens. */
  introspection: string
  /** What the functions' user may do in Redis, as an access string. */
  redisAccess: string
}

export interface Stores {
  /** Behind TLS, as all that follow. */
  mysqlPort: number
  redisPort: number
  /** Asks about tokens. */
  kafkaPort: number
  /** Takes none but JSON Web Tokens, which is what Kafka can check by itself. */
  kafkaJwtPort: number
  /** As administrators. */
  mysqlUrl: string
  redisUrl: string
  stop(): Promise<void>
}

export async function startStores(setting: Setting): Promise<Stores> {
  const { folder, installation, signal } = setting
  await symlink(installation.directory, join(folder, 'programs'))
  const ports = await choosePorts(Array.from({ length: 7 }, () => 0))
  const [
    mysqlPort = 0,
    redisPort = 0,
    busPort = 0,
    plainPort = 0,
    controllerPort = 0,
    kafkaPort = 0,
    kafkaJwtPort = 0,
  ] = ports
  const mysqlUrl = `mysql://root@localhost:${mysqlPort}/gochat?ssl=${encodeURIComponent('{"verifyIdentity":true}')}`
  const redisUrl = `rediss://${administrator.name}:${administrator.password}@localhost:${redisPort}`
  const stops: (() => Promise<void>)[] = []
  const stop = () => allSettled(stops.map((step) => step()))

  async function start(name: ServiceName, given: number[], secured: (command: Command) => Promise<Command> | Command) {
    const [directory, logFile] = [join(folder, name), join(folder, `${name}.log`)]
    const plain = await programs[name]({ installation, directory, ports: given, keepData: false, logFile, signal })
    const program = { ...(await secured(plain)), title: name, environment: serverEnvironment(), logFile }
    const server = createServer(program, (cause) => console.error(`${name} has ended: ${cause}`))
    stops.push(server.stop)
    await server.start(signal)
  }

  try {
    await allSettled([
      start('mysql', [mysqlPort], (command) => securedMysql(command, mysqlUrl)).then(() => addUsers(mysqlUrl)),
      start('redis', [redisPort, busPort], (command) => securedRedis(command, redisPort, redisUrl, setting)),
      start('kafka', [plainPort, controllerPort], (command) =>
        securedKafka(command, { plainPort, controllerPort, kafkaPort, kafkaJwtPort }, setting),
      ),
    ])
  } catch (error) {
    await stop()
    throw error
  }
  return { mysqlPort, redisPort, kafkaPort, kafkaJwtPort, mysqlUrl, redisUrl, stop }
}

/** From a server's own directory. */
const beside = (file: string): string => join('..', file)

// The last of several options of one name counts, for all three.

function securedMysql(command: Command, url: string): Command {
  const tls = [
    '--ssl',
    `--ssl-cert=${beside(files.certificate)}`,
    `--ssl-key=${beside(files.key)}`,
    `--ssl-ca=${beside(files.authority)}`,
    '--require-secure-transport=ON',
  ]
  return { ...command, args: [...command.args, ...tls], probe: () => probeMysql(url) }
}

/** The deployed users come through the proxy, which shows a certificate; the other one has a password. */
async function addUsers(url: string): Promise<void> {
  const connection = await createConnection(url)
  try {
    for (const statement of userStatements('require x509')) await connection.query(statement)
    await connection.query(`create user '${person.name}'@'%' identified by '${person.password}' require ssl`)
    await connection.query(`grant select on gochat.* to '${person.name}'@'%'`)
  } finally {
    connection.destroy()
  }
}

function securedRedis(command: Command, port: number, url: string, { redisAccess }: Setting): Command {
  const options = [
    ['port', '0'],
    ['tls-port', `${port}`],
    ['tls-cluster', 'yes'],
    ['tls-cert-file', beside(files.certificate)],
    ['tls-key-file', beside(files.key)],
    ['tls-ca-cert-file', beside(files.authority)],
    ['tls-auth-clients', 'no'],
    // As in a serverless cache: the certificate names the host.
    ['cluster-announce-hostname', 'localhost'],
    ['cluster-preferred-endpoint-type', 'hostname'],
    ['user', 'default', 'off'],
    ['user', administrator.name, 'on', `>${administrator.password}`, '~*', '&*', '+@all'],
    ['user', cacheUser, ...redisAccess.split(' ')],
    ['user', person.name, `>${person.password}`, ...redisAccess.split(' ')],
  ]
  const args = [...command.args, ...options.flatMap(([name, ...values]) => [`--${name}`, ...values])]
  return { ...command, args, probe: (pid) => probeRedis(url, pid) }
}

interface KafkaPorts {
  plainPort: number
  controllerPort: number
  kafkaPort: number
  kafkaJwtPort: number
}

/** Beside the listener that Kafka itself and the probe use. */
async function securedKafka(command: Command, ports: KafkaPorts, { introspection }: Setting): Promise<Command> {
  const { plainPort, controllerPort, kafkaPort, kafkaJwtPort } = ports
  const login = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required'
  const asks = {
    'oauth.introspection.endpoint.uri': introspection,
    'oauth.client.id': 'kafka',
    'oauth.client.secret': 'unused',
    'oauth.access.token.is.jwt': 'false',
    'oauth.check.issuer': 'false',
    // Of the broker's own log-in, which it never makes, but prepares.
    unsecuredLoginStringClaim_sub: 'unused',
  }
  const options = Object.entries(asks).map(([name, value]) => `${name}="${value}"`)
  const properties = [
    `listeners=CLIENT://127.0.0.1:${plainPort},CONTROLLER://127.0.0.1:${controllerPort},IAM://127.0.0.1:${kafkaPort},JWT://127.0.0.1:${kafkaJwtPort}`,
    `advertised.listeners=CLIENT://127.0.0.1:${plainPort},IAM://localhost:${kafkaPort},JWT://localhost:${kafkaJwtPort}`,
    'listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT,IAM:SASL_SSL,JWT:SASL_SSL',
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${beside(files.both)}`,
    'sasl.enabled.mechanisms=OAUTHBEARER',
    `listener.name.iam.oauthbearer.sasl.jaas.config=${login} ${options.join(' ')};`,
    'listener.name.iam.oauthbearer.sasl.server.callback.handler.class=io.strimzi.kafka.oauth.server.JaasServerOauthValidatorCallbackHandler',
    // Clients have to log in again within this time, or are cut off.
    'listener.name.iam.oauthbearer.connections.max.reauth.ms=11000',
    `listener.name.jwt.oauthbearer.sasl.jaas.config=${login};`,
  ]
  await appendFile(join(command.directory, 'server.properties'), `${properties.join('\n')}\n`)
  return command
}
