/** What a test's work writes. */
import { vi } from 'vitest'

/** All lines that are written while `work` runs, by the console or past it. */
export async function outputOf(work: () => Promise<unknown>): Promise<string[]> {
  const output: string[] = []
  const levels = ['log', 'debug', 'info', 'warn', 'error'] as const
  for (const level of levels)
    vi.spyOn(console, level).mockImplementation((line: unknown) => void output.push(`${line}`))
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => output.push(`${line}`.trim()) > 0)
  try {
    await work()
  } finally {
    vi.restoreAllMocks()
  }
  return output
}
