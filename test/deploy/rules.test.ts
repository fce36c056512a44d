/** What would be deployed, held to the rules, stage by stage; and each deliberate mistake, which one of them has to catch. */
import { describe, expect, inject, it } from 'vitest'
import { readDataTemplate } from './data-template.ts'
import { mistakes } from './mistakes.ts'
import { rules, type Subject } from './rules.ts'
import { packaged, stages } from './stage.ts'

const bundles = inject('bundles')
const subjects = new Map<string, Subject>()
for (const stage of stages) {
  const app = await packaged(stage)
  const data = await readDataTemplate(stage)
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
    expect(rules[rule]?.({ ...copy, bundles })).not.toEqual([])
  })
})
