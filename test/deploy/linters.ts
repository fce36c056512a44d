/** cfn-lint and checkov on templates, and what of their findings is accepted: each with its reason, and none for ever. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { childEnvironment } from '../../infra/services/environment.ts'
import { run } from '../../infra/services/process.ts'

export interface Finding {
  /** The linter's name of the rule. */
  rule: string
  /** The logical id of the resource. */
  resource: string
  text: string
}

const Accepted = z.array(z.object({ rule: z.string(), resources: z.string(), because: z.string().min(20) }))
export type Accepted = z.infer<typeof Accepted>

/** What of a linter's findings is accepted. `resources` is a regular expression over logical ids. */
export const accepted = async (linter: 'cfn-lint' | 'checkov'): Promise<Accepted> =>
  Accepted.parse(parse(await readFile(join(import.meta.dirname, `accepted-${linter}.yml`), 'utf8')))

/** What was found and not accepted, and what was accepted and not found. */
export function judged(findings: readonly Finding[], all: Accepted): { found: string[]; vanished: string[] } {
  const covers = ({ rule, resources }: Accepted[number], finding: Finding): boolean =>
    rule === finding.rule && new RegExp(`^(${resources})$`).test(finding.resource)
  return {
    found: findings
      .filter((finding) => !all.some((one) => covers(one, finding)))
      .map(({ rule, resource, text }) => `${rule} ${resource}: ${text}`),
    vanished: all
      .filter((one) => !findings.some((finding) => covers(one, finding)))
      .map(({ rule, resources }) => `${rule} ${resources}`),
  }
}

/** Of each of the two. */
export const timeoutMs = 120_000

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const { output, isTimedOut } = await run(program, args, { timeoutMs, env: childEnvironment() })
  if (isTimedOut) throw new Error(`${program} did not end within ${timeoutMs} ms`)
  return output
}

const CfnLint = z.array(
  z.object({
    Filename: z.string(),
    Rule: z.object({ Id: z.string() }),
    Message: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullable() }),
  }),
)

/**
 * All templates in one process, since it is a second before it reads the first.
 *
 * @param folder - of the linters' virtual environment
 * @returns the findings in each of the templates, in their order
 */
export async function cfnLint(folder: string, templates: readonly string[]): Promise<Finding[][]> {
  const output = await outputOf(join(folder, 'bin/cfn-lint'), ['--format', 'json', ...templates])
  const found = Map.groupBy(CfnLint.parse(JSON.parse(output)), ({ Filename }) => Filename)
  const strange = [...found.keys()].filter((name) => !templates.includes(name))
  if (strange.length > 0) throw new Error(`cfn-lint found something in ${strange}, which it was not given`)
  return templates.map((template) =>
    (found.get(template) ?? []).map(({ Rule, Message, Location }) => ({
      rule: Rule.Id,
      resource: String(Location.Path?.[1] ?? ''),
      text: Message,
    })),
  )
}

const Checkov = z.object({
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
  summary: z.object({ parsing_errors: z.literal(0), passed: z.number().min(1) }),
})

export async function checkov(folder: string, templates: readonly string[]): Promise<Finding[]> {
  const setting = ['--skip-download', '--framework', 'cloudformation', '--compact', '--quiet', '--output', 'json']
  const output = await outputOf(join(folder, 'bin/checkov'), [...setting, '--file', ...templates])
  // Warnings of Python's may come first.
  const { results } = Checkov.parse(JSON.parse(output.slice(output.indexOf('{\n'))))
  return results.failed_checks.map(({ check_id, check_name, resource }) => ({
    rule: check_id,
    resource: resource.split('.').at(-1) ?? '',
    text: check_name,
  }))
}
