/** What would be deployed, held to the rules, stage by stage; and each deliberate mistake, which one of them has to catch. */
import { describe, expect, it } from 'vitest'
import { bundlesOf } from './bundle.ts'
import { readDataTemplate } from './data-template.ts'
import { mistakes } from './mistakes.ts'
import { rules, type Subject } from './rules.ts'
import { functionsOf, packaged, stages } from './stage.ts'

const subjects = new Map<string, Subject>()
for (const stage of stages) {
  const app = await packaged(stage)
  const data = await readDataTemplate(stage)
  const bundles = subjects.get('dev')?.bundles ?? (await bundlesOf(functionsOf(app)))
  subjects.set(stage, { app, data, bundles })
}

const subjectOf = (stage: string): Subject => {
  const subject = subjects.get(stage)
  if (!subject) throw new Error(`${stage} was not packaged`)
  return subject
}

describe.each(stages)('of what would be deployed as %s', (stage) => {
  it.each(Object.entries(rules))('%s', (_claim, rule) => {
    expect(rule(subjectOf(stage))).toEqual([])
  })
})

describe('a deliberate mistake is caught', () => {
  const made = Object.entries(mistakes).flatMap(([name, { edit, rule }]) =>
    edit && rule ? [{ name, edit, rule }] : [],
  )

  it.each(made)('$name', ({ edit, rule }) => {
    const copy = structuredClone({ app: subjectOf('prod').app, data: subjectOf('prod').data })
    edit(copy)
    expect(rules[rule]?.({ ...copy, bundles: subjectOf('prod').bundles })).not.toEqual([])
  })
})
