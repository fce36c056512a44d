/** This folder's handlers under serverless-offline: a process of its own, on free ports. */
import { resolve } from 'node:path'
import { childEnvironment } from '../../infra/services/environment.ts'
import { choosePorts } from '../../infra/services/port.ts'
import { untilReady } from '../../infra/services/probe.ts'
import { end, launch } from '../../infra/services/process.ts'

export interface Offline {
  http: string
  webSocket: string
  pid: number
  stop(): Promise<void>
}

const serverless = resolve(import.meta.dirname, '../../node_modules/serverless/bin/serverless.js')

/** Starts it, and resolves when it answers. @throws Error when it does not within 60 s. */
export async function startOffline(): Promise<Offline> {
  const [http = 0, webSocket = 0, invoke = 0] = await choosePorts([3100, 3101, 3102])
  const child = launch(process.execPath, [serverless, 'offline', 'start'], {
    cwd: import.meta.dirname,
    output: 'ignore',
    env: childEnvironment({
      // As infra/app.ts starts the functions.
      SLS_LOG_LEVEL: 'warning',
      GATEWAY_ENDPOINT: `http://127.0.0.1:${webSocket}`,
      OFFLINE_HTTP_PORT: String(http),
      OFFLINE_WEBSOCKET_PORT: String(webSocket),
      OFFLINE_INVOKE_PORT: String(invoke),
    }),
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${process.execPath} does not run`)
  const stop = (): Promise<void> => end(child, 15_000)
  const ended = new AbortController()
  child.once('exit', () => ended.abort(new Error('serverless-offline has ended')))
  const url = `http://127.0.0.1:${http}`
  try {
    await untilReady(() => isThere(`${url}/empty`), 60_000, ended.signal)
  } catch (error) {
    await stop()
    throw error
  }
  return { http: url, webSocket: `ws://127.0.0.1:${webSocket}`, pid, stop }
}

async function isThere(url: string): Promise<void> {
  const { status } = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  if (status !== 200) throw new Error(`it answers ${status}`)
}
