/** The templates under cfn-lint and checkov. Without Python, and a registry to install them from, all of this is skipped. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readDataTemplate } from './data-template.ts'
import { accepted, cfnLint, checkov, judged } from './linters.ts'
import { mistakes } from './mistakes.ts'
import { packaged, root, stages } from './stage.ts'

const { linters } = inject('tools')
const folder = 'folder' in linters ? linters.folder : ''
const withLinters = describe.skipIf('missing' in linters)
const dataTemplate = join(root, 'infra/data/template.yml')
const templateOf = (stage: string): string =>
  join(root, '.build/deploy', stage, 'cloudformation-template-update-stack.json')

let copies: string

beforeAll(async () => {
  copies = await mkdtemp(join(tmpdir(), 'gochat-templates-'))
})

afterAll(() => rm(copies, { recursive: true, force: true }))

withLinters('cfn-lint', () => {
  it('finds nothing in the templates but what is accepted, and finds all of that', async () => {
    const all = await Promise.all([...stages.map(templateOf), dataTemplate].map((path) => cfnLint(folder, path)))
    expect(judged(all.flat(), await accepted('cfn-lint'))).toEqual({ found: [], vanished: [] })
  })

  it('finds nothing at all in the template that is written by hand', async () => {
    expect(await cfnLint(folder, dataTemplate)).toEqual([])
  })

  const caught = Object.entries(mistakes).flatMap(([name, { edit, lint }]) =>
    edit && lint ? [{ name, edit, lint }] : [],
  )

  it.each(caught)('catches: $name', async ({ name, edit, lint }) => {
    const [app, data] = await Promise.all([packaged('prod'), readDataTemplate('prod')])
    edit({ app, data })
    const copy = join(copies, `${name.replaceAll(' ', '-')}.json`)
    await writeFile(copy, JSON.stringify(app.template))
    expect((await cfnLint(folder, copy)).map(({ rule }) => rule)).toContain(lint)
  })
})

withLinters('checkov', () => {
  it('finds nothing but what is accepted, and finds all of that', async () => {
    const findings = await checkov(folder, [...stages.map(templateOf), dataTemplate])
    expect(judged(findings, await accepted('checkov'))).toEqual({ found: [], vanished: [] })
  })

  it('catches a bucket that anyone may read', async () => {
    const copy = join(copies, 'open-bucket.json')
    const Properties = { AccessControl: 'PublicRead' }
    await writeFile(copy, JSON.stringify({ Resources: { Open: { Type: 'AWS::S3::Bucket', Properties } } }))
    expect((await checkov(folder, [copy])).map(({ rule }) => rule)).toContain('CKV_AWS_20')
  })
})
