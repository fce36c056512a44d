/** `npm start` as people run it: in any folder, on any port, in any language, and after whatever ended the one before. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { choosePorts } from '../../infra/services/port.ts'
import { signedPath, store } from '../support/storage.ts'
import { copyProject, kill, type Npm, npm, oddName, type Project, processesIn, untilNoProcessIn } from './project.ts'

/** Variables that a user's shell may set for other programs. */
const foreign = {
  ...{
    LC_ALL: 'tr_TR.UTF-8',
    LANG: 'tr_TR.UTF-8',
    TZ: 'Asia/Kolkata',
    HOME: '/dev/null',
    TMPDIR: '/dev/null/at "all"',
  },
  ...{ JAVA_TOOL_OPTIONS: '-Duser.language=tr', _JAVA_OPTIONS: '-Duser.language=tr -Duser.country=TR' },
  ...{ JDK_JAVA_OPTIONS: '-Xmx8m', CLASSPATH: '/nowhere', KAFKA_OPTS: '-Xmx8m', MAVEN_ARGS: '--version' },
  ...{ NODE_ENV: 'production', NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', FORCE_COLOR: '1' },
  ...{ AWS_PROFILE: 'nobody', AWS_SDK_LOAD_CONFIG: '1', SLS_DEBUG: '*', MYSQL_HOME: '/nowhere', REDISCLI_AUTH: 'x' },
}

let project: Project
let port = 0
let mediaPort = 0

beforeAll(async () => {
  project = copyProject(oddName)
  ;[port = 0, mediaPort = 0] = await choosePorts([0, 0])
})
afterAll(async () => {
  for (const { pid } of processesIn(project.parent)) process.kill(pid, 'SIGKILL')
  await untilNoProcessIn(project.parent)
  project.remove()
})

const start = (given: NodeJS.ProcessEnv = {}): Npm => npm(project.folder, ['start'], { PORT: String(port), ...given })

describe('a start in a folder of any name, on another port, with a foreign environment', () => {
  let started: Npm
  let token = ''

  beforeAll(async () => {
    started = start({ ...foreign, MEDIA_PORT: String(mediaPort) })
    await started.said('Ctrl-C stops everything')
  })

  const call = async (path: string, headers: Record<string, string> = {}, body?: unknown) => {
    const method = body === undefined ? 'GET' : 'POST'
    const all = { 'content-type': 'application/json', ...headers }
    const init = { method, headers: all, ...(body !== undefined && { body: JSON.stringify(body) }) }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
    const reply = (await response.json()) as { data: { token: string } }
    return { status: response.status, ...reply }
  }

  it('takes its own page’s cookie under each name of this machine, and no other page’s', async () => {
    const ada = { username: 'ada', password: 'a password' }
    await call('/api/user/register', {}, ada)
    token = (await call('/api/user/login', {}, ada)).data.token
    const statusFrom = async (origin: string) =>
      (await call('/api/user/info', { cookie: `token=${token}`, origin })).status
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect(await statusFrom(`http://${host}:${port}`), host).toBe(200)
    }
    expect(await statusFrom('http://localhost:1')).toBe(401)
  })

  it('takes uploads, and serves what is stored on a second port, too', async () => {
    const { STORAGE_ENDPOINT = '' } = parseEnv(readFileSync(join(project.folder, '.services/environment'), 'utf8'))
    expect(started.output()).toContain(`Files / 文件 http://localhost:${mediaPort} `)
    const file = '/chat-files/2026-01-02/a.png'
    await store(STORAGE_ENDPOINT, file, 'bytes', 'image/png')
    const signed = signedPath(STORAGE_ENDPOINT, { method: 'GET', path: file })
    for (const at of [port, mediaPort]) {
      const upload = signedPath(STORAGE_ENDPOINT, { method: 'PUT', path: `/incoming/${at}` })
      const put = await fetch(`http://localhost:${at}${upload}`, { method: 'PUT', body: 'bytes' })
      expect(put.status).toBe(200)
      expect(await (await fetch(`http://localhost:${at}${signed}`)).text()).toBe('bytes')
      expect((await fetch(`http://localhost:${at}${file}`)).status).toBe(403)
    }
    expect((await fetch(`http://localhost:${mediaPort}/api/health`)).status).toBe(404)
  })

  it('prints commands that work as they stand: an account, its token, a group', () => {
    const commands = started.output().match(/^ {2}curl .*$/gm) ?? []
    const script = commands.join('\n').replaceAll('"ada"', '"grace"')
    const said = execFileSync('bash', ['-c', script], { encoding: 'utf8', timeout: 20_000 })
    expect(said).toMatch(/"name":"Tea at four"/)
    expect(said).toMatch(/"code":"[0-9A-Z]{6,}"/)
  })

  it('is found by the demo', async () => {
    const demo = npm(project.folder, ['run', 'demo'], { ...foreign, PORT: undefined })
    expect(await demo.ended, demo.output()).toBe(0)
    expect(demo.output()).toContain('Two people met')
  })

  it('shows the API page', async () => {
    expect(await (await fetch(`http://127.0.0.1:${port}/swagger/index.html`)).text()).toContain('GoChat API')
  })

  it('names the page first, which it has built while the servers started', async () => {
    const output = started.output()
    expect(output).toMatch(/^The page is built \(/m)
    expect(output.indexOf('The page is built')).toBeLessThan(output.indexOf('The functions answer'))
    const [address = ''] = output.slice(output.indexOf('GoChat is running')).match(/http:\S+/) ?? []
    expect(address).toBe(`http://localhost:${port}/`)
    const page = await (await fetch(address)).text()
    const [, script = ''] = page.match(/src="(\/assets\/[^"]+\.js)"/) ?? []
    expect((await fetch(`http://127.0.0.1:${port}${script}`)).status).toBe(200)
  })

  it('writes nothing outside its folder', () => {
    expect(readdirSync(project.parent)).toEqual([oddName])
  })

  it('keeps a second start away, and goes on', async () => {
    const second = start({ PORT: String(port + 1) })
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(/Another start \(process \d+\) is using \.services\/data/)
    expect((await call('/api/health')).status).toBe(200)
  })

  it('stops everything when the functions are killed, and says so', async () => {
    await kill(project.folder, 'serverless.js')
    expect(await started.ended).toBe(1)
    expect(started.output()).toContain("The functions' process has ended")
    await untilNoProcessIn(project.parent)
  })
})

describe('a start', () => {
  it('says in a sentence that the page cannot be built, and why, and stops everything', async () => {
    const file = join(project.folder, 'web/app/src/main.tsx')
    const before = readFileSync(file)
    writeFileSync(file, "import './nowhere.ts'\n")
    const started = start()
    expect(await started.ended).toBe(1)
    writeFileSync(file, before)
    expect(started.output()).toMatch(/^web\/app\/build\.ts failed\. The end of its log, .*page\.log:$/m)
    expect(started.output()).toContain('nowhere.ts')
    await untilNoProcessIn(project.parent)
  })

  it.each(['127.0.0.1', '::1'])('gives way to another program that has its port on %s alone', async (host) => {
    const other = createServer().listen(port, host)
    try {
      const started = start()
      expect(await started.ended).toBe(1)
      expect(started.output()).toMatch(new RegExp(`^Port ${port} is used by another program`, 'm'))
    } finally {
      other.close()
    }
  })

  /** Each begins with the state that the one before has left. */
  it.each<[string, (started: Npm) => Promise<unknown>]>([
    ['its launcher is killed while MySQL prepares its data', () => killLauncherAt('mariadb-install-db')],
    ['its launcher is killed while the servers start', () => killLauncherAt('kafka.Kafka')],
    ['its launcher is killed while the functions start', () => killLauncherAt('serverless.js')],
    ['npm is killed', (started) => afterReady(started, () => started.child.kill('SIGKILL'))],
    ['its terminal is closed', (started) => afterReady(started, () => signalGroup(started, 'SIGHUP'))],
    ['its data is deleted', (started) => afterReady(started, () => remove('.services/data'))],
    ['all that it has written is taken away', (started) => afterReady(started, takeAway)],
    ['its folder is moved', (started) => afterReady(started, move)],
  ])('leaves nothing running when %s', async (_what, strike) => {
    bringBack()
    remove('.services/data')
    await strike(start())
    await untilNoProcessIn(project.parent)
  })

  it('works after all that, and does not build again what it has', async () => {
    bringBack()
    const started = start()
    await started.said('The functions answer')
    expect(started.output()).not.toContain('The page is built')
    signalGroup(started, 'SIGINT')
    expect(await started.ended).toBe(0)
    await untilNoProcessIn(project.parent)
  })
})

async function killLauncherAt(command: string): Promise<void> {
  const isThere = () => processesIn(project.folder).some((each) => each.command.includes(command))
  await expect.poll(isThere, { timeout: 150_000, interval: 20 }).toBe(true)
  await kill(project.folder, 'infra/start.ts')
}

async function afterReady(started: Npm, strike: () => void): Promise<void> {
  await started.said('MySQL, Redis, Kafka and S3 are ready')
  strike()
}

function signalGroup({ child }: Npm, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, signal)
}

function remove(name: string): void {
  rmSync(join(project.folder, name), { recursive: true, force: true })
}

// Moved, not deleted: the servers would have to be fetched again.
function takeAway(): void {
  renameSync(join(project.folder, '.services'), join(project.parent, 'taken'))
}

function bringBack(): void {
  if (!existsSync(join(project.parent, 'taken'))) return
  remove('.services')
  renameSync(join(project.parent, 'taken'), join(project.folder, '.services'))
}

function move(): void {
  const folder = join(project.parent, `moved ${oddName}`)
  renameSync(project.folder, folder)
  project = { ...project, folder }
}
