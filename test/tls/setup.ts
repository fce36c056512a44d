/**
 * Starts the stores of this ring: real servers behind TLS with users, and the parts of AWS that check tokens. Tests find them as
 * functions do, by their environment. vitest calls this once.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Redis } from 'ioredis'
import type { TestProject } from 'vitest/node'
import { databaseUsers } from '../../infra/grants/table.ts'
import { runScript } from '../../infra/script.ts'
import { StartFailure } from '../../infra/services/failure.ts'
import { installationsDir } from '../../infra/services/index.ts'
import { install, mavenProblem } from '../../infra/services/maven.ts'
import { type Claim, type Credentials, tokenOf } from '../support/aws-token.ts'
import { type Certificate, createAuthority } from './certificate.ts'
import { type DatabaseProxy, openDatabaseProxy } from './database-proxy.ts'
import { cacheUser, files, type Stores, startStores } from './stores.ts'
import { checkToken, openIntrospection } from './token-check.ts'

export interface Secured extends Omit<Stores, 'stop'> {
  credentials: Credentials
  /** Lists the tokens that Kafka was shown. */
  introspection: string
  /** What servers can show: what is trusted and names localhost, names another host, or comes from an authority unknown. */
  certificates: { right: Certificate; ofAnotherHost: Certificate; unknown: Certificate }
}

declare module 'vitest' {
  interface ProvidedContext {
    secured: Secured
  }
}

const region = 'us-east-1'
const cache = 'gochat-cache'

/** Called by vitest. @returns the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const problem = await mavenProblem(installationsDir)
  if (problem) throw new StartFailure(`The ring tls runs its own servers, which take Java and Maven: ${problem}.`)
  const say = (line: string): void => console.log(line)
  const installation = await install(installationsDir, say, new AbortController().signal)
  const folder = await mkdtemp(join(tmpdir(), 'gochat-tls-'))
  const steps: (() => Promise<unknown> | unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const step of steps.splice(0).reverse()) await step()
  }
  try {
    const certificates = await makeCertificates(folder)
    // Functions have a session token, of some such length.
    const credentials = { accessKeyId: 'gochat', secretAccessKey: secret(), sessionToken: secret(600) }
    const kafka = claim('kafka-cluster', `kafka.${region}.amazonaws.com`, { Action: 'kafka-cluster:Connect' })
    const introspection = await openIntrospection(kafka, credentials)
    steps.push(introspection.stop)
    const redisAccess = await accessString()
    const signal = AbortSignal.timeout(120_000)
    const stores = await startStores({ folder, installation, signal, introspection: introspection.url, redisAccess })
    steps.push(stores.stop)
    await acceptTokens(stores.redisUrl, credentials)
    const proxy = await openProxy(stores.mysqlPort, certificates.right, credentials)
    steps.push(proxy.stop)
    const mysqlUrl = (user: string) => `mysql://${user}@localhost:${proxy.port}/gochat?auth=iam`
    steps.push(
      setEnvironment({
        STAGE: 'local',
        JWT_SECRET: secret(),
        MYSQL_URL: mysqlUrl(databaseUsers.functions),
        REDIS_URL: `rediss://${cacheUser}@localhost:${stores.redisPort}?auth=iam&cache=${cache}`,
        KAFKA_BROKERS: `localhost:${stores.kafkaPort}`,
        KAFKA_AUTH: 'iam',
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken,
        // As where deployed: what Node does not trust by itself.
        NODE_EXTRA_CA_CERTS: join(folder, files.authority),
      }),
    )
    await runScript('infra/migrate.ts', join(folder, 'migrate.log'), { MYSQL_URL: mysqlUrl(databaseUsers.migrations) })
    const { stop: _stop, ...places } = stores
    project.provide('secured', { ...places, credentials, introspection: introspection.url, certificates })
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

const secret = (bytes = 32): string => randomBytes(bytes).toString('base64')

const claim = (service: string, host: string, query: Claim['query']): Claim => ({ service, region, host, query })

/** Writes what the servers read, and has this process trust them, too. */
async function makeCertificates(folder: string): Promise<Secured['certificates']> {
  const [known, stranger] = await Promise.all([createAuthority('GoChat'), createAuthority('Stranger')])
  const [right, ofAnotherHost, unknown] = await Promise.all([
    known.issue('localhost'),
    known.issue('elsewhere.example'),
    stranger.issue('localhost'),
  ])
  await writeFile(join(folder, files.authority), known.certificate)
  await writeFile(join(folder, files.certificate), right.certificate)
  await writeFile(join(folder, files.key), right.key)
  await writeFile(join(folder, files.both), `${right.key}\n${right.certificate}`)
  setDefaultCACertificates([...getCACertificates('default'), known.certificate])
  return { right, ofAnotherHost, unknown }
}

/** What the functions' user may do in a deployed cache. */
async function accessString(): Promise<string> {
  const template = await readFile(join(import.meta.dirname, '../../infra/data/template.yml'), 'utf8')
  const found = /AccessString: (.+)/.exec(template)?.[1]
  if (!found) throw new Error('the template gives nobody access to the cache')
  return found
}

/** Redis cannot check a token: it is told those of the next five minutes, one a second, and of the last ten seconds. */
async function acceptTokens(url: string, credentials: Credentials): Promise<void> {
  const query = { Action: 'connect', ResourceType: 'ServerlessCache', User: cacheUser }
  const start = Date.now() - 10_000
  const tokens = await Promise.all(
    Array.from({ length: 310 }, (_, second) =>
      tokenOf(claim('elasticache', cache, query), credentials, new Date(start + second * 1000)),
    ),
  )
  const admin = new Redis(url)
  await admin.call('ACL', 'SETUSER', cacheUser, ...tokens.map((token) => `>${token}`))
  admin.disconnect()
}

/** The functions reach MySQL through it. */
async function openProxy(serverPort: number, right: Certificate, credentials: Credentials): Promise<DatabaseProxy> {
  const proxy: DatabaseProxy = await openDatabaseProxy({
    serverPort,
    certificate: right,
    own: right,
    async faultOf(token, user) {
      const query = { Action: 'connect', DBUser: user }
      return (await checkToken(token, claim('rds-db', `localhost:${proxy.port}`, query), credentials)).fault
    },
  })
  return proxy
}

/** @returns what takes it back. */
function setEnvironment(added: Record<string, string>): () => void {
  const before = Object.keys(added).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, added)
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
