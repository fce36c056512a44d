/** What a Node process really holds: its memory after it has collected its garbage, asked for through its inspector. */
import { WebSocket } from 'ws'

export interface Heap {
  /** JavaScript objects and buffers in use. */
  usedBytes: number
  residentBytes: number
}

interface Answer {
  id: number
  result?: { result?: { value?: string } }
}

const withinMs = 10_000

/**
 * Opens the inspector of a process that was started with `--inspect-port`, and lets it collect.
 *
 * @throws Error when it does not answer within 10 s.
 */
export async function collectedHeap({ pid, port }: { pid: number; port: number }): Promise<Heap> {
  process.kill(pid, 'SIGUSR1')
  const inspector = new WebSocket(await addressOf(port), { perMessageDeflate: false })
  try {
    await new Promise((resolve, reject) => inspector.once('open', resolve).once('error', reject))
    // What was only reachable from garbage goes with the second.
    await tell(inspector, 1, 'HeapProfiler.collectGarbage')
    await tell(inspector, 2, 'HeapProfiler.collectGarbage')
    const expression = 'JSON.stringify(process.memoryUsage())'
    const { result } = await tell(inspector, 3, 'Runtime.evaluate', { expression, returnByValue: true })
    const { heapUsed, external, rss } = JSON.parse(result?.result?.value ?? '{}') as NodeJS.MemoryUsage
    return { usedBytes: heapUsed + external, residentBytes: rss }
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
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function tell(inspector: WebSocket, id: number, method: string, params = {}): Promise<Answer> {
  inspector.send(JSON.stringify({ id, method, params }))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the inspector has not answered ${method}`)), withinMs)
    const listen = (data: unknown): void => {
      const answer: Answer = JSON.parse(String(data))
      if (answer.id !== id) return
      clearTimeout(timer)
      inspector.off('message', listen)
      resolve(answer)
    }
    inspector.on('message', listen)
  })
}
