/**
 * Asks the registry for known holes in what is shipped, and fails for those that are at least moderate.
 *
 *     npm run audit
 *
 * A registry that does not answer, as some mirrors never do, is said and passed over: nothing is known then.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'

interface Report {
  metadata?: { vulnerabilities: Record<string, number>; dependencies: { prod: number } }
  vulnerabilities?: Record<string, { severity: string; range: string }>
  message?: string
}

const tolerated = ['info', 'low']
const timeout = 120_000

const { metadata, vulnerabilities = {}, message } = await ask()
if (metadata === undefined) console.log(`Not audited, since the registry did not answer: ${message || 'no report'}`)
else {
  const holes = Object.entries(vulnerabilities).filter(([, { severity }]) => !tolerated.includes(severity))
  for (const [name, { severity, range }] of holes) console.error(`${name} ${range}: ${severity}`)
  console.log(`${metadata.dependencies.prod} packages are shipped, ${holes.length} with known holes.`)
  process.exitCode = holes.length > 0 ? 1 : 0
}

/** The report of `npm audit`, whose exit code says less. */
function ask(): Promise<Report> {
  const args = ['audit', '--json', '--omit=dev', '--audit-level=moderate']
  const options = {
    cwd: join(import.meta.dirname, '..'),
    timeout,
    maxBuffer: 64 * 1024 * 1024,
  }
  return new Promise((resolve) => {
    execFile('npm', args, options, (error, stdout) => {
      try {
        resolve(JSON.parse(stdout))
      } catch {
        resolve({ message: error?.message ?? 'no report' })
      }
    })
  })
}
