/** The template of the data stack, read as CloudFormation reads it. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse, type Tags } from 'yaml'
import * as z from 'zod'

const path = resolve(import.meta.dirname, '../../infra/data/template.yml')

const DataTemplate = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
  Outputs: z.record(z.string(), z.looseObject({ Export: z.object({ Name: z.unknown() }).optional() })),
})
export type DataTemplate = z.infer<typeof DataTemplate> & {
  /** Names as a stage of this name exports them. */
  exports: readonly string[]
}

const functions = [
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'GetAZs',
  'GetAtt',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
]
const all = [...functions, 'And', 'Select', 'Split', 'Sub', 'Ref', 'Condition']

/** CloudFormation's short forms: `!Sub text` is `{ Fn::Sub: text }`. */
const tags: Tags = all.flatMap((name) => {
  const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`
  const tag = `!${name}`
  const long = (value: unknown) => ({
    [key]: name === 'GetAtt' && typeof value === 'string' ? value.split('.') : value,
  })
  return [
    { tag, resolve: (text: string) => long(text) },
    { tag, collection: 'seq' as const, resolve: (node: { toJSON(): unknown }) => long(node.toJSON()) },
    { tag, collection: 'map' as const, resolve: (node: { toJSON(): unknown }) => long(node.toJSON()) },
  ]
})

export async function readDataTemplate(stage: string): Promise<DataTemplate> {
  const template = DataTemplate.parse(parse(await readFile(path, 'utf8'), { customTags: tags }))
  const names = Object.values(template.Outputs).flatMap(({ Export }) => (Export ? [nameOf(Export.Name, stage)] : []))
  return { ...template, exports: names }
}

const SubOfText = z.object({ 'Fn::Sub': z.string() })

const nameOf = (name: unknown, stage: string): string => SubOfText.parse(name)['Fn::Sub'].replace(`\${Stage}`, stage)
