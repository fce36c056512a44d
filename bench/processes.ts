/** CPU and memory of the measured processes, from /proc; without it there are no figures. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Pids, ProcessName } from './result.ts'
import type { Target } from './testbed.ts'

/** CPU, time and statements between a meter's start and its stop. */
export interface Usage {
  seconds: number
  cpuMs: Partial<Record<ProcessName, number>>
  /** Statements that MySQL has run; absent when it is out of reach. */
  queries?: number
}

export interface Meter {
  /** The CPU and the time are read at once, before the promise is returned. */
  stop(): Promise<Usage>
}

// proc(5) counts in ticks of the kernel's USER_HZ: 100 a second on every Linux that Node runs on.
const msPerTick = 10

/** Starts counting; time and CPU count from the moment at which the promise resolves. */
export async function startMeter({ pids, mysqlUrl }: Pick<Target, 'pids' | 'mysqlUrl'>): Promise<Meter> {
  const database = mysqlUrl === undefined ? undefined : await createConnection(mysqlUrl)
  const queries = async (): Promise<number> => {
    const [rows] = (await database?.query<RowDataPacket[]>(`show global status like 'Questions'`)) ?? [[]]
    return Number(rows[0]?.Value)
  }
  const queriesBefore = await queries()
  const membersBefore = membersOf(pids)
  const loadBefore = process.cpuUsage()
  const begun = performance.now()
  return {
    async stop() {
      const seconds = (performance.now() - begun) / 1000
      const { user, system } = process.cpuUsage(loadBefore)
      const cpuMs: Usage['cpuMs'] = { load: (user + system) / 1000 }
      // Compared process by process: a child that has ended since must not count negatively.
      for (const [name, members] of Object.entries(membersOf(pids)) as [ProcessName, Map<number, number>][]) {
        const used = [...members].map(([pid, ms]) => ms - (membersBefore[name]?.get(pid) ?? 0))
        cpuMs[name] = used.reduce((sum, ms) => sum + ms, 0)
      }
      if (!database) return { seconds, cpuMs }
      // This query counts itself.
      const asked = (await queries()) - queriesBefore - 1
      await database.end()
      return { seconds, cpuMs, queries: asked }
    },
  }
}

/** Resident memory of a process with its children. The peak is the sum of the peaks of each. */
export interface Memory {
  rssMb: number
  peakMb: number
}

/** The memory of each process now. */
export function memoryOf(pids: Pids): Partial<Record<ProcessName, Memory>> {
  const entries = Object.entries(pids).map(([name, pid]): [string, Memory] => {
    const statuses = familyOf(pid).map((member) => read(`/proc/${member}/status`))
    const sum = (field: string): number => {
      const kilobytes = statuses.map((status) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0))
      return Math.round(kilobytes.reduce((total, each) => total + each, 0) / 1024)
    }
    return [name, { rssMb: sum('VmRSS'), peakMb: sum('VmHWM') }]
  })
  return Object.fromEntries(entries)
}

/** Of all processes together. */
export function totalMb(processes: ReturnType<typeof memoryOf>): number {
  return Object.values(processes).reduce((sum, { rssMb }) => sum + rssMb, 0)
}

/** The CPU that each process of a family has used so far, in milliseconds. */
function membersOf(pids: Pids): Partial<Record<ProcessName, Map<number, number>>> {
  if (!existsSync('/proc/self/stat')) return {}
  const entries = Object.entries(pids).map(([name, pid]) => [
    name,
    new Map(familyOf(pid).map((member) => [member, ticksOf(member) * msPerTick])),
  ])
  return Object.fromEntries(entries)
}

/** A process and its living descendants. */
function familyOf(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of existsSync('/proc') ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(fieldsOf(Number(name))[1])
    parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
  }
  const descend = (of: number): number[] => [of, ...(parents.get(of) ?? []).flatMap(descend)]
  return descend(pid)
}

function ticksOf(pid: number): number {
  const fields = fieldsOf(pid)
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

// proc(5): the name in brackets may hold anything; the fields that follow it begin with the third, the state.
function fieldsOf(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

// A process may end while it is looked at.
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
