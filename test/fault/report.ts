/** The outcome of a run as a table: for the terminal, and for docs/proof.md. */
import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { tally } from './checker.ts'
import type { Finding, Kind } from './finding.ts'
import type { Row } from './scenario.ts'

const root = resolve(import.meta.dirname, '../..')
export const proofFile = join(root, 'docs/proof.md')

const columns = [
  'fault',
  'injected',
  'messages',
  'in groups',
  'files',
  'changes',
  'lost',
  'doubled',
  'disordered',
  'other',
  'recovery',
] as const
type Line = Record<(typeof columns)[number], string>

// The kinds of finding that each column counts; all others count as `other`.
const counted: Record<'lost' | 'doubled' | 'disordered', readonly Kind[]> = {
  lost: ['lost', 'never answered', 'missed in silence', 'file lost'],
  doubled: ['doubled'],
  disordered: ['disordered', 'hole', 'disagreement'],
}

const count = (findings: readonly Finding[], kinds: readonly Kind[]): number =>
  findings.filter(({ kind }) => kinds.includes(kind)).length

/** True for findings, and for a scenario that showed nothing. */
export function hasFailed({ injected, inGroups, files, findings }: Row): boolean {
  return injected === 0 || inGroups === 0 || files === 0 || findings.length > 0
}

function lineOf({ fault, injected, messages, inGroups, files, changes, recoverySeconds, findings }: Row): Line {
  const known = Object.values(counted).flat()
  return {
    fault,
    injected: String(injected),
    messages: String(messages),
    'in groups': String(inGroups),
    files: String(files),
    changes: String(changes),
    lost: String(count(findings, counted.lost)),
    doubled: String(count(findings, counted.doubled)),
    disordered: String(count(findings, counted.disordered)),
    other: String(findings.filter(({ kind }) => !known.includes(kind)).length),
    recovery: recoverySeconds === undefined ? '' : `${recoverySeconds.toFixed(1)} s`,
  }
}

function totalOf(rows: readonly Row[]): Row {
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const recoveries = rows.flatMap(({ recoverySeconds }) => recoverySeconds ?? [])
  return {
    fault: 'all',
    injected: sum(({ injected }) => injected),
    messages: sum(({ messages }) => messages),
    inGroups: sum(({ inGroups }) => inGroups),
    files: sum(({ files }) => files),
    changes: sum(({ changes }) => changes),
    connects: sum(({ connects }) => connects),
    duringOutages: sum(({ duringOutages }) => duringOutages),
    recoverySeconds: recoveries.length > 0 ? Math.max(...recoveries) : undefined,
    findings: rows.flatMap(({ findings }) => findings),
  }
}

/** A Markdown table of all rows and their sum. */
export function table(rows: readonly Row[]): string {
  const header = Object.fromEntries(columns.map((column) => [column, column])) as Line
  const lines = [header, ...rows.map(lineOf), lineOf(totalOf(rows))]
  const width = (column: (typeof columns)[number]): number => Math.max(...lines.map((line) => line[column].length))
  const cells = (cell: (column: (typeof columns)[number]) => string): string => `| ${columns.map(cell).join(' | ')} |`
  const [head, ...rest] = lines.map((line) =>
    cells((column) => line[column][column === 'fault' ? 'padEnd' : 'padStart'](width(column))),
  )
  const rule = cells((column) => '-'.repeat(width(column)).replace(/-$/, column === 'fault' ? '-' : ':'))
  return [head, rule, ...rest].join('\n')
}

/** The lines that are printed for a row during the run. */
export function tell(row: Row): string[] {
  const { fault, injected, messages, inGroups, files, changes, connects, duringOutages, recoverySeconds, findings } =
    row
  const recovery = recoverySeconds === undefined ? '' : `, recovered in ${recoverySeconds.toFixed(1)} s`
  const away = duringOutages > 0 ? `, ${duringOutages} frames while it was away` : ''
  const verdict = hasFailed(row) ? `✗ ${JSON.stringify(tally(findings))}` : '✓'
  return [
    `${verdict} ${fault}: ${injected} times, ${messages} messages, ${inGroups} in groups, ${files} files, ${changes} changes, ${connects} connections${away}${recovery}`,
    ...examples(findings),
  ]
}

// Three findings of each kind are enough to see what is wrong.
function examples(findings: readonly Finding[]): string[] {
  return [...Map.groupBy(findings, ({ kind }) => kind)].flatMap(([kind, found]) =>
    found.slice(0, 3).map(({ detail }) => `    ${kind}: ${detail}`),
  )
}

export interface ProofHead {
  seed: number
  command: string
  seconds: number
}

/** The text of docs/proof.md. */
export function proof(rows: readonly Row[], { seed, command, seconds }: ProofHead): string {
  const findings = rows.flatMap((row) => examples(row.findings).map((line) => `- ${row.fault}: ${line.trim()}`))
  const empty = rows
    .filter((row) => hasFailed(row) && row.findings.length === 0)
    .map(({ fault }) => `- ${fault}: it never happened, nothing was stored in a group, or no file came.`)
  const verdict = findings.length + empty.length === 0 ? 'Nothing was found.' : 'Found:'
  const problems = [...empty, ...findings].join('\n')
  return `# Proof

The promises of the [wire contract](wire-contract.md) under faults, by \`${command}\`, which writes this page. The seed is
${seed}; chance repeats with it, the timing of the machine does not.

| when | commit | machine | took |
| --- | --- | --- | --- |
| ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC | ${commit()} | ${machine()} | ${Math.round(seconds / 60)} min |

People talk to friends and in three groups of five, on one to three devices each, by the client library (\`web/client\`), whose
timers run 2.5 times as fast. Five others talk in a group that they join and leave, are removed from and muted in; they edit and recall what
they have said there, and react to it. Under every second fault, by chance, 500 who are never there belong to it, too, and it goes by the topic of
large groups. One message of fifty brings a file, which its sender has put; others ask for it, and some who may not see it send its address on. All come and go, break their connections, and start again with what they have kept, while one
fault after another is injected into the real servers. What passed, and what the library made of it, is compared with what the
database holds in the end. Then all files are two days older, the sweep runs, and everybody asks for them: who may read a message for
what was sent in it, the others for nothing.

${table(rows)}

- **files**: how often one came in the end, with its exact bytes, to somebody who may read its message.
- **changes**: edits, recalls and reactions that were acknowledged. In the end all who are there must read each message as these have
  left it, in their order, and show it so.
- **lost**: acknowledged but not stored, never answered, a file of an acknowledged message that does not come, absent on a device after its last sync, or missed by a device that
  nothing told to catch up.
- **doubled**: stored twice, on a device in two places, or given to an application twice.
- **disordered**: a number missing, out of order or running against id and time, in the database or as an application was given
  it; a device that differs from the database.
- **other**: unread counts, read marks, and marks that an application was not given; answers that differ between sendings, wrong verdicts, frames that were not
  refused within 3 s while a dependency was away, or refused while only MySQL or S3 was; a file with other bytes, or that came to somebody
  who may read no message with it; what somebody said in a group, or heard of it, who did
  not belong to it then, or had read of an edit; and after connections fell silent, more
  than one answer of a kind that failed, a read that did, or a later answer that took more than 300 ms.
- **recovery**: the longest time from a dependency's return, or from the silence, to the next acknowledgement. More than 10 s, or
  3 s after silence, is a failure.

Connections **fall silent** when nobody has used them for 1.5 s: they stay open, and what is sent on them is lost. Then one client asks one
thing after another: heartbeats, then messages, and beside them reads. In a **freeze** the processes of the functions are
stopped for 5 s, after which their clocks say that 10 minutes have passed; a timer that was running runs out when it would
have without the jump. A store **moves** when its name leads to another address of the same server, and the old address
takes connections and answers nothing. In all three the kernel acknowledges what is lost, which a network would not.

${verdict}
${problems ? `\n${problems}\n` : ''}`
}

function commit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  try {
    const isChanged = git('status', '--porcelain', '--', 'lib', 'functions', 'infra', 'serverless.yml') !== ''
    return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ', with changes' : ''}`
  } catch {
    return 'unknown'
  }
}

const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`
