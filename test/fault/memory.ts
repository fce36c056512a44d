/** Memory of other processes. */

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from '../../infra/inspector.ts'

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
// The process closes its inspector by itself, after the answer, since the next process needs the same port.
const closing = "setTimeout(() => process.getBuiltinModule('node:inspector').close(), 50), 0"

/** Heap used by a Node process after a garbage collection, bytes; undefined when its inspector does not answer. */
export async function heapAfterCollection(pid: number): Promise<number | undefined> {
  try {
    return await inspect({ pid, port: inspectorPort }, async (tell) => {
      await tell('HeapProfiler.collectGarbage')
      const { usedSize } = await tell<{ usedSize: number }>('Runtime.getHeapUsage')
      await tell('Runtime.evaluate', { expression: closing })
      return usedSize
    })
  } catch {
    return undefined
  } finally {
    await sleep(150)
  }
}
