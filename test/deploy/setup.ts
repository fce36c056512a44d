/**
 * What the checks of a deployment stand on: both stages packaged, the programs that check them, and real stores. vitest calls
 * this once, before the first of them.
 */
import type { TestProject } from 'vitest/node'
import { openStores } from '../servers.ts'
import { onlyAnAccountShows } from './account.ts'
import { type Bundles, bundlesOf } from './bundle.ts'
import { unpack } from './function/unpack.ts'
import { pack, packaged, packLike } from './stage.ts'
import { readyTools, type Tools } from './tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    tools: Tools
    /** Of the functions, which are the same in all stages. */
    bundles: Bundles
  }
}

const say = (line: string): void => console.log(line)

async function timed<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const since = Date.now()
  const result = await work
  say(`${what} after ${((Date.now() - since) / 1_000).toFixed(1)} s`)
  return result
}

/** @returns what is called after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tools = await readyTools(say)
  project.provide('tools', tools)
  for (const [name, tool] of Object.entries(tools)) if ('missing' in tool) say(`Without ${name}: ${tool.missing}`)
  await timed('prod is packaged', pack('prod'))
  await timed('dev is packaged', packLike('prod', 'dev'))
  const prod = await packaged('prod')
  project.provide('bundles', await bundlesOf(prod))
  await unpack(prod)
  const stores = await timed('The stores are up', openStores())
  return async () => {
    await stores.stop()
    say('Only an account shows:')
    for (const line of onlyAnAccountShows) say(`  - ${line}`)
  }
}
