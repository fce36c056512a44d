/**
 * docs/deploy.md followed against an emulator of AWS: both stacks are deployed by the project's own command, people talk through
 * the edge, a role loses a right, and all is taken down. The functions' stores are real.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { call } from '../../infra/client/http.ts'
import { befriend, type Person, signUp } from '../../infra/client/people.ts'
import { connect, type Frame, Inbox } from '../../infra/client/socket.ts'
import { createSigner } from '../../lib/client/signature.ts'
import { unzip } from '../service/zip.ts'
import { runCommand } from './emulator/command.ts'
import { type Database, dropUsers, readDatabase } from './emulator/database.ts'
import { type Emulator, startEmulator } from './emulator/emulator.ts'
import { mappingsOf, type Pollers, startPollers } from './emulator/poller.ts'
import { type Deployed, deployedIn } from './emulator/stage.ts'
import { plainServers } from './function/environment.ts'
import { packaged, root, zipsOf } from './stage.ts'

const { emulator: tool } = inject('tools')
const stage = 'dev'
const patienceMs = 15_000
/** Of one command; the step as a whole takes at most the sum. */
const limitMs = { deploy: 300_000, wire: 120_000, demo: 60_000, teardown: 120_000 }

/** The framework asks every five seconds what has become of a stack; here it is made in less than one. */
const asksOften = { SLS_AWS_MONITORING_FREQUENCY: '500' }

/** Beside the messages and the history that the deploy command itself asks for. */
const core = ['user-login', 'friend-verdict'].map((name) => `test/wire/${name}.test.ts`)

let folder: string
let database: Database | undefined
let emulator: Emulator
let pollers: Pollers
let deployed: Deployed
/** Where the stage answers, as its stack says. */
let base = ''

const edge = (): string => base || expect.fail('the stage is not up')

const home = join(root, '.services/home')
const deployEnvironment = {
  HOME: home,
  BUILD_FOLDER: '.esbuild/emulator',
  REGISTRATIONS_PER_DAY: '1000000',
  // Functions log as they do on AWS. To a silent one the emulator listens for 50 ms more, each time.
  LOG_LEVEL: '',
}

/** A command as docs/deploy.md writes it, run as npm runs it. */
async function followed(script: 'deploy' | 'demo' | 'teardown', more: readonly string[], environment = {}) {
  const text = await readFile(join(root, 'docs/deploy.md'), 'utf8')
  const line = text.match(new RegExp(`^ +(?:BASE_URL=\\S+ )?npm run ${script}(?: -- (.+))?$`, 'm'))
  if (!line) throw new Error(`docs/deploy.md has no line with npm run ${script}`)
  const file = script === 'demo' ? 'infra/demo.ts' : `infra/deploy/${script}.ts`
  const args = [file, ...(line[1]?.split(' ') ?? []), ...more]
  return runCommand(args, { ...emulator.environment, ...asksOften, ...environment }, limitMs[script])
}

describe.skipIf('missing' in tool)('in an emulator of AWS that checks signatures and rights', () => {
  beforeAll(async () => {
    if ('missing' in tool) return
    const { MYSQL_URL = '', KAFKA_BROKERS: brokers = '' } = process.env
    folder = await mkdtemp(join(tmpdir(), 'gochat-emulator-'))
    database = readDatabase(MYSQL_URL)
    const { MYSQL_URL: _, ...variables } = plainServers()
    emulator = await startEmulator(tool.folder, folder, { variables, brokers, database })
    setDefaultCACertificates([...getCACertificates('default'), emulator.certificate])
    deployed = deployedIn(emulator, stage)
    pollers = startPollers(await packaged(stage), emulator.url, brokers)
  }, 60_000)

  afterAll(async () => {
    await pollers?.stop()
    await emulator?.stop()
    if (database) await dropUsers(database)
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  it('the mappings are played with the settings that the template gives them', async () => {
    const played = mappingsOf(await packaged(stage))
    const settings = { batchingWindowMs: 0, policy: { reportsItemFailures: true } }
    const withDestination = { ...settings, destinationTopic: 'chat-messages-dead-letter' }
    expect(played).toMatchObject([withDestination, withDestination, settings])
  })

  it('the deploy command makes both stacks, the user, keys and tables, and its own messages go through the edge', {
    timeout: limitMs.deploy + 10_000,
  }, async () => {
    await mkdir(home, { recursive: true })
    const { code, lines } = await followed('deploy', [], deployEnvironment)
    expect(code, emulator.output().slice(-3_000)).toBe(0)
    base = lines.at(-1)?.match(/dev is up: (https:\S+)/)?.[1] ?? ''
    expect(base).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(lines.join('\n')).toContain('Made the key that signs tokens')
  })

  it('the functions that were deployed are, byte by byte, those that the other checks look at', async () => {
    expect(edge()).toContain('https:')
    const filesIn = async (zip = '') => unzip(await readFile(zip))
    const [given, checked] = await Promise.all([
      zipsOf({ folder: join(root, '.serverless') }),
      zipsOf(await packaged('prod')),
    ])
    expect([...given.keys()].sort()).toEqual([...checked.keys()].sort())
    for (const [name, zip] of given) expect(await filesIn(zip), name).toEqual(await filesIn(checked.get(name)))
  })

  it('two people talk through the edge by the demo', { timeout: limitMs.demo + 10_000 }, async () => {
    const { code, lines } = await followed('demo', [], { BASE_URL: edge() })
    expect(code).toBe(0)
    expect(lines.at(-1)).toBe('Two people met, talked, alone and in a group, and every message is stored.')
  })

  it('the black box keeps the core of its promises through the edge', { timeout: limitMs.wire + 10_000 }, async () => {
    const report = join(folder, 'wire.json')
    const options = ['--testTimeout', '60000', '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
    const atOnce = ['--maxWorkers', String(core.length)]
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'wire', ...atOnce, ...options, ...core]
    const environment = { ...emulator.environment, BASE_URL: edge(), PATIENCE_MS: String(patienceMs) }
    const { code } = await runCommand(args, environment, limitMs.wire)
    expect(code).toBe(0)
    const { numPassedTests } = JSON.parse(await readFile(report, 'utf8'))
    expect(numPassedTests).toBeGreaterThan(10)
  })

  it('the edge serves the page from its bucket, at the paths of its views, with files that are kept for a year', async () => {
    const pages = await Promise.all(['/', '/chat/42', '/sign-in'].map((path) => fetch(edge() + path)))
    const texts = await Promise.all(pages.map((page) => page.text()))
    expect(new Set(texts).size).toBe(1)
    for (const { status, headers } of pages) {
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-cache'])
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(headers.get('content-security-policy')).toContain("base-uri 'none'")
    }
    const [, script = ''] = texts[0]?.match(/src="(\/assets\/[^"]+\.js)"/) ?? []
    const { status, headers } = await fetch(edge() + script)
    expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect((await fetch(`${edge()}/assets/nothing.js`)).status).toBeGreaterThanOrEqual(400)
  })

  it('the edge serves the API page from its bucket, and the API behind it', async () => {
    const page = await fetch(`${edge()}/swagger/`)
    expect([page.status, page.headers.get('x-frame-options')]).toEqual([200, 'DENY'])
    expect(await page.text()).toContain('swagger')
    const nowhere = await fetch(`${edge()}/api/nowhere`)
    expect(nowhere.status).toBe(404)
  })

  it('nobody opens a socket with a token that the authorizer refuses', async () => {
    const refused = connect(edge(), { token: 'nonsense' }, () => undefined)
    // AWS answers 401; the emulator takes a refusal for a failure.
    await expect(refused).rejects.toThrow('refused with 500')
  })

  it('a post to a connection needs a signature that is ours', async () => {
    const api = await deployed.nameOf('WebsocketsApi')
    const keys = await deployed.keysFor('execute-api:ManageConnections')
    const { host } = new URL(emulator.url)
    const path = `/_aws/execute-api/${api}/${stage}/@connections/nobody`
    const statusWith = async (secretAccessKey: string): Promise<number> => {
      const sign = createSigner('us-east-1', { ...keys, secretAccessKey })
      const body = Buffer.from('{}')
      const headers = sign({ method: 'POST', host, path, body }, new Date())
      return (await fetch(emulator.url + path, { method: 'POST', headers, body })).status
    }
    expect(await statusWith(keys.secretAccessKey)).toBe(410)
    expect(await statusWith('another secret')).toBe(403)
  })

  it('without the right to post to connections nothing is pushed, and with it all is', {
    timeout: 60_000,
  }, async () => {
    const [ada, bob] = await Promise.all([arrive('ada'), arrive('bob')])
    await befriend(edge(), ada, bob)
    const giveBack = await deployed.takeAway('StreamPersistRole', 'execute-api:ManageConnections')
    await sayAndSeeStored(ada, bob, 'first')
    // Of one conversation one at a time: when this is stored, the posts of the first have been given up.
    await sayAndSeeStored(ada, bob, 'second')
    await giveBack()
    ada.say(bob, 'third')
    await bob.inbox.next(({ content }) => content === 'third', patienceMs)
    const contents = [...bob.heard].flatMap(({ type, content }) => (type === 2 ? [content] : []))
    expect(contents).not.toContain('first')
    ada.close()
    bob.close()
  })

  it('the same command again runs the migrations ahead of the functions, and the stage goes on', {
    timeout: limitMs.deploy + 10_000,
  }, async () => {
    const { code, lines } = await followed('deploy', [], deployEnvironment)
    expect(code, emulator.output().slice(-3_000)).toBe(0)
    const at = (text: string) => lines.findIndex((line) => line.includes(text))
    expect(at('The tables')).toBeGreaterThan(at('The migrations'))
    expect(at('The functions')).toBeGreaterThan(at('The tables'))
    expect(lines.at(-1)).toContain(base)
  })

  it('the teardown command leaves nothing', { timeout: limitMs.teardown + 10_000 }, async () => {
    const { code, lines } = await followed('teardown', ['--yes'])
    expect(code).toBe(0)
    expect(lines.some((line) => line.endsWith('All is gone.'))).toBe(true)
    await expect(deployed.nameOf('WebsocketsApi')).rejects.toThrow('does not exist')
  })
})

interface Talker extends Person {
  inbox: Inbox
  heard: Frame[]
  say(to: Person, content: string): void
  close(): void
}

async function arrive(name: string): Promise<Talker> {
  const person = await signUp(edge(), name)
  const [inbox, heard] = [new Inbox(), [] as Frame[]]
  const socket = await connect(edge(), { token: person.token }, (frames) => {
    for (const frame of frames) {
      heard.push(frame)
      inbox.put(frame)
    }
  })
  const say = ({ id }: Person, content: string): void =>
    socket.send(JSON.stringify({ type: 2, target_id: id, content, media: 1 }))
  return { ...person, inbox, heard, say, close: () => socket.close() }
}

async function sayAndSeeStored(ada: Talker, bob: Talker, content: string): Promise<void> {
  ada.say(bob, content)
  await expect
    .poll(() => call(edge(), 'GET', `/api/chat/history?target_id=${bob.id}`, ada.token), {
      timeout: patienceMs,
      interval: 100,
    })
    .toContainEqual(expect.objectContaining({ content }))
}
