/** A stage as it would be deployed: its template, its state and its zips, packaged without network and credentials. */
import { link, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { childEnvironment } from '../../infra/services/environment.ts'
import { run } from '../../infra/services/process.ts'

export const stages = ['dev', 'prod'] as const
export type Stage = (typeof stages)[number]

export const root = resolve(import.meta.dirname, '../..')
const serverless = join(root, 'node_modules/serverless/bin/serverless.js')

/** Stands in the environment of whoever packages, as a real key may; it must reach no file. */
export const keyOfThePackager = 'in-clear-nowhere-in-what-is-packaged'

export const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
})
export type Resource = z.infer<typeof Resource>
export const Template = z.looseObject({ Resources: z.record(z.string(), Resource) })
export type Template = z.infer<typeof Template>

export interface Packaged {
  stage: Stage
  /** Where the files are. */
  folder: string
  template: Template
  /** What the framework writes down beside the template. */
  state: string
}

const folderOf = (stage: Stage): string => join(root, '.build/deploy', stage)

/** Where esbuild tells of the bundles that were packaged for a stage. Beside its folder, which the framework empties. */
export const accountsOf = (stage: Stage): string => `${folderOf(stage)}-accounts`

/** Packages a stage into its folder, as an operator's deploy command does. @throws Error with the framework's output. */
export async function pack(stage: Stage): Promise<void> {
  const folder = folderOf(stage)
  await rm(folder, { recursive: true, force: true })
  await framework(stage, { BUILD_ACCOUNT: accountsOf(stage) })
}

/** Packages a stage with the zips of another one, which has the same bundles: what differs is the template. */
export async function packLike(other: Stage, stage: Stage): Promise<void> {
  const folder = folderOf(stage)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, zip] of await zipsOf({ folder: folderOf(other) })) await link(zip, join(folder, `${name}.zip`))
  await framework(stage, { BUILD_IS_DONE: 'true' })
}

async function framework(stage: Stage, how: NodeJS.ProcessEnv): Promise<void> {
  const home = join(root, '.services/home')
  const buildFolder = `.esbuild/deploy-${stage}`
  await mkdir(home, { recursive: true })
  const environment = childEnvironment({ HOME: home, BUILD_FOLDER: buildFolder, JWT_SECRET: keyOfThePackager, ...how })
  const args = [serverless, 'package', '--stage', stage, '--package', folderOf(stage)]
  const setting = { timeoutMs: 180_000, cwd: root, env: environment }
  const { exitCode, output } = await run(process.execPath, args, setting)
  await rm(join(root, buildFolder), { recursive: true, force: true })
  if (exitCode !== 0) throw new Error(`Packaging ${stage} failed:\n${output}`)
}

/** Reads what `pack` has written. */
export async function packaged(stage: Stage): Promise<Packaged> {
  const folder = folderOf(stage)
  const [template, state] = await Promise.all([
    readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8'),
    readFile(join(folder, 'serverless-state.json'), 'utf8'),
  ])
  return { stage, folder, template: Template.parse(JSON.parse(template)), state }
}

/** The properties of all resources of a type, by logical id. */
export function ofType({ Resources }: Template, type: string): Map<string, Resource['Properties']> {
  const found = Object.entries(Resources).filter(([, { Type }]) => Type === type)
  return new Map(found.map(([id, { Properties }]) => [id, Properties]))
}

export interface DeployedFunction {
  /** Its key in serverless.yml. */
  name: string
  id: string
  handler: string
  timeoutSeconds: number
  variables: Readonly<Record<string, unknown>>
  role: unknown
  isInside: boolean
  /** How many environments it may have at once. */
  atOnce: number | undefined
}

const FunctionProperties = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Timeout: z.number(),
  Role: z.unknown().optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).default({ Variables: {} }),
  VpcConfig: z.unknown().optional(),
  ReservedConcurrentExecutions: z.number().optional(),
})

/** The functions of a stage, by name. */
export function functionsOf({ stage, template }: Packaged): DeployedFunction[] {
  return [...ofType(template, 'AWS::Lambda::Function')].map(([id, properties]) => {
    const { FunctionName, Handler, Timeout, Role, Environment, VpcConfig, ReservedConcurrentExecutions } =
      FunctionProperties.parse(properties)
    return {
      name: FunctionName.replace(`gochat-${stage}-`, ''),
      id,
      handler: Handler,
      timeoutSeconds: Timeout,
      variables: Environment.Variables,
      role: Role,
      isInside: VpcConfig !== undefined,
      atOnce: ReservedConcurrentExecutions,
    }
  })
}

/** The zips of a stage: function → path of the archive. */
export async function zipsOf({ folder }: Pick<Packaged, 'folder'>): Promise<Map<string, string>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.zip'))
  return new Map(files.map((file) => [file.replace(/\.zip$/, ''), join(folder, file)]))
}
