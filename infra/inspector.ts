/** The inspector of a Node process, at its `--inspect-port`: https://chromedevtools.github.io/devtools-protocol/v8 */
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

export interface Inspected {
  pid: number
  port: number
}

/** Calls a method of the inspector's protocol; answers with its result. */
export type Tell = <T>(method: string, parameters?: object) => Promise<T>

const withinMs = 10_000

/**
 * Opens a process's inspector for the time of `work`.
 *
 * @throws Error when it does not answer within 10 s.
 */
export async function inspect<T>({ pid, port }: Inspected, work: (tell: Tell) => Promise<T>): Promise<T> {
  process.kill(pid, 'SIGUSR1')
  const inspector = new WebSocket(await addressOf(port), { perMessageDeflate: false, maxPayload: 0 })
  try {
    await new Promise((resolve, reject) => inspector.once('open', resolve).once('error', reject))
    let calls = 0
    return await work((method, parameters) => tell(inspector, ++calls, method, parameters))
  } finally {
    inspector.close()
  }
}

async function addressOf(port: number): Promise<string> {
  const deadline = Date.now() + withinMs
  for (;;) {
    try {
      const [found] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
        webSocketDebuggerUrl: string
      }[]
      if (found) return found.webSocketDebuggerUrl
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await sleep(50)
  }
}

function tell<T>(inspector: WebSocket, id: number, method: string, params = {}): Promise<T> {
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
