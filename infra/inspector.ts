/** A client for the inspector of a Node process, at its `--inspect-port`: https://chromedevtools.github.io/devtools-protocol/v8 */
import { WebSocket } from 'ws'
import { untilReady } from './services/probe.ts'

export interface Inspected {
  pid: number
  port: number
}

/** Calls a method of the inspector's protocol. */
export type Call = <T>(method: string, parameters?: object) => Promise<T>

const withinMs = 10_000

/**
 * Opens a process's inspector while `work` runs.
 *
 * @throws Error when it does not answer within 10 s.
 */
export async function inspect<T>({ pid, port }: Inspected, work: (call: Call) => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGUSR1')
  const inspector = new WebSocket(await untilReady(() => findAddress(port), withinMs), {
    perMessageDeflate: false,
    maxPayload: 0,
  })
  try {
    await new Promise((resolve, reject) => inspector.once('open', resolve).once('error', reject))
    let calls = 0
    return await work((method, parameters) => callMethod(inspector, ++calls, method, parameters))
  } finally {
    inspector.close()
  }
}

async function findAddress(port: number): Promise<string> {
  const targets = await fetch(`http://127.0.0.1:${port}/json/list`)
  const [target] = (await targets.json()) as { webSocketDebuggerUrl: string }[]
  if (target === undefined) throw new Error('the inspector lists nothing')
  return target.webSocketDebuggerUrl
}

function callMethod<T>(inspector: WebSocket, id: number, method: string, params = {}): Promise<T> {
  inspector.send(JSON.stringify({ id, method, params }))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the inspector has not answered ${method}`)), withinMs)
    const listen = (data: unknown): void => {
      const answer: { id: number; result: T } = JSON.parse(String(data))
      if (answer.id !== id) return
      clearTimeout(timer)
      inspector.off('message', listen)
      resolve(answer.result)
    }
    inspector.on('message', listen)
  })
}
