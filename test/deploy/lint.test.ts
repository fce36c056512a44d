/** The templates under cfn-lint and checkov. Without Python, and a registry to install them from, all of this is skipped. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readDataTemplate } from './data-template.ts'
import { accepted, cfnLint, checkov, type Finding, judged, timeoutMs } from './linters.ts'
import { mistakes } from './mistakes.ts'
import { packaged, root, stages } from './stage.ts'

const { linters } = inject('tools')
const folder = 'folder' in linters ? linters.folder : ''
const withLinters = describe.skipIf('missing' in linters)
const templateOf = (stage: string): string =>
  join(root, '.build/deploy', stage, 'cloudformation-template-update-stack.json')

const [ofStages, byHand] = [stages.map(templateOf), join(root, 'infra/data/template.yml')]
const made = Object.entries(mistakes).flatMap(([name, { edit, lint }]) => (edit && lint ? [{ name, edit, lint }] : []))

let copies: string

beforeAll(async () => {
  copies = await mkdtemp(join(tmpdir(), 'gochat-templates-'))
})

afterAll(() => rm(copies, { recursive: true, force: true }))

/** A copy of production's template with a mistake in it. */
async function copyWith({ name, edit }: (typeof made)[number]): Promise<string> {
  const [app, data] = await Promise.all([packaged('prod'), readDataTemplate('prod')])
  edit({ app, data })
  const copy = join(copies, `${name.replaceAll(' ', '-')}.json`)
  await writeFile(copy, JSON.stringify(app.template))
  return copy
}

withLinters('cfn-lint', () => {
  /** By template. */
  let findings: Map<string, Finding[]>
  /** By name of the mistake. */
  let caught: Map<string, Finding[]>

  beforeAll(async () => {
    const templates = [...ofStages, byHand]
    const found = await cfnLint(folder, [...templates, ...(await Promise.all(made.map(copyWith)))])
    findings = new Map(templates.map((template, index) => [template, found[index] ?? []]))
    caught = new Map(made.map(({ name }, index) => [name, found[templates.length + index] ?? []]))
  }, timeoutMs)

  it('finds nothing in the templates but what is accepted, and finds all of that', async () => {
    expect(judged([...findings.values()].flat(), await accepted('cfn-lint'))).toEqual({ found: [], vanished: [] })
  })

  it('finds nothing at all in the template that is written by hand', () => {
    expect(findings.get(byHand)).toEqual([])
  })

  it.each(made)('catches: $name', ({ name, lint }) => {
    expect(caught.get(name)?.map(({ rule }) => rule)).toContain(lint)
  })
})

withLinters('checkov', () => {
  it('finds nothing but what is accepted, and finds all of that', async () => {
    const findings = await checkov(folder, [...ofStages, byHand])
    expect(judged(findings, await accepted('checkov'))).toEqual({ found: [], vanished: [] })
  })

  it('catches a bucket that anyone may read', async () => {
    const copy = join(copies, 'open-bucket.json')
    const Properties = { AccessControl: 'PublicRead' }
    await writeFile(copy, JSON.stringify({ Resources: { Open: { Type: 'AWS::S3::Bucket', Properties } } }))
    expect((await checkov(folder, [copy])).map(({ rule }) => rule)).toContain('CKV_AWS_20')
  })
})
