/** Memory of other processes. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'

/** The resident set of a process, bytes; 0 when there is none. */
export function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
    return Number(stdout?.trim() || 0) * 1024
  }
}

const inspectorPort = 9229

/**
 * What a Node process has on its heap once garbage is collected, bytes.
 *
 * SIGUSR1 opens its inspector, on a port of its own; it is closed again, so that the next process can use that port.
 * Undefined when the inspector does not answer.
 */
export async function heapAfterCollection(pid: number): Promise<number | undefined> {
  try {
    process.kill(pid, 'SIGUSR1')
    const address = await debuggerOf(pid)
    if (address === undefined) return undefined
    return await inspect(address)
  } catch {
    return undefined
  }
}

async function debuggerOf(pid: number): Promise<string | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const response = await fetch(`http://127.0.0.1:${inspectorPort}/json/list`).catch(() => undefined)
    const found = (await response?.json()) as { title?: string; webSocketDebuggerUrl?: string }[] | undefined
    const target = found?.find(({ title }) => title?.includes(`[${pid}]`)) ?? found?.[0]
    if (target?.webSocketDebuggerUrl) return target.webSocketDebuggerUrl
  }
  return undefined
}

async function inspect(address: string): Promise<number | undefined> {
  const socket = new WebSocket(address)
  const ask = (id: number, method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve) => {
      socket.on('message', (data) => {
        const answer = JSON.parse(String(data)) as { id?: number; result?: unknown }
        if (answer.id === id) resolve(answer.result)
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  const failed = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 10_000).unref())
  const measured = async (): Promise<number | undefined> => {
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    await ask(1, 'HeapProfiler.collectGarbage')
    const usage = (await ask(2, 'Runtime.getHeapUsage')) as { usedSize?: number } | undefined
    // Closed from within, a moment later, so that this answer still gets through.
    const expression = "setTimeout(() => process.getBuiltinModule('node:inspector').close(), 50), 0"
    await ask(3, 'Runtime.evaluate', { expression })
    return usage?.usedSize
  }
  try {
    return await Promise.race([measured(), failed])
  } finally {
    socket.terminate()
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}
