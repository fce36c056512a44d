/** AWS's emulator as a process on this machine. It checks signatures and rights. */
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { choosePorts } from '../../../infra/services/port.ts'
import { end, launch } from '../../../infra/services/process.ts'
import type { Database } from './database.ts'

/** What extension.py reads. */
interface Settings {
  port: number
  /** Where the edge answers, over TLS. */
  edgePort: number
  /** What functions are told in place of what the template says. */
  variables: Readonly<Record<string, string>>
  brokers: string
  database: Database
}

export interface Emulator {
  /** Where AWS's APIs answer. */
  url: string
  /** Names it and its administrator to AWS's SDKs, and lets Node trust the edge. */
  environment: Readonly<Record<string, string>>
  /** Of the edge, in PEM. */
  certificate: string
  output(): string
  stop(): Promise<void>
}

const startMs = 30_000

/**
 * @param tool - its virtual environment
 * @param folder - for what it writes
 */
export async function startEmulator(
  tool: string,
  folder: string,
  stores: Omit<Settings, 'port' | 'edgePort'>,
): Promise<Emulator> {
  const [port = 0, edgePort = 0] = await choosePorts([4599, 4600])
  const url = `http://127.0.0.1:${port}`
  const settings: Settings = { ...stores, port, edgePort }
  const child = launch(
    join(tool, 'bin/python'),
    [join(import.meta.dirname, 'extension.py'), JSON.stringify(settings)],
    {
      cwd: folder,
      // Functions inherit it, and are to find nothing in it.
      env: {
        // With the Node that the functions are built for.
        PATH: `${join(process.execPath, '..')}:/usr/local/bin:/usr/bin:/bin`,
        TMPDIR: folder,
        GATEWAY_PORT: String(port),
        AUTH: 'true',
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
        LANG: 'C.UTF-8',
      },
      output: 'pipe',
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => undefined)
  child.once('exit', (code) => ended.reject(new Error(`the emulator ended with ${code}:\n${output.slice(-2_000)}`)))
  const stop = (): Promise<void> => end(child, 5_000)
  try {
    await Promise.race([answers(url), ended.promise])
    const path = join(folder, 'ministack-tls/server.crt')
    const certificate = await readFile(path, 'utf8')
    const environment = {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      NODE_EXTRA_CA_CERTS: path,
    }
    return { url, environment, certificate, output: () => output, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + startMs
  while (!(await isReady(url))) {
    if (Date.now() > deadline) throw new Error(`the emulator does not answer within ${startMs} ms`)
    await pause(100)
  }
}

const isReady = (url: string): Promise<boolean> =>
  new Promise((done) => {
    const asked = request(`${url}/_ministack/ready`, { timeout: 1_000 }, (response) => {
      response.resume()
      done(response.statusCode === 200)
    })
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => done(false))
    asked.end()
  })
