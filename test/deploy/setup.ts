/**
 * What the checks of a deployment stand on: both stages packaged, the programs that check them, and real stores. vitest calls
 * this once, before the first of them.
 */
import type { TestProject } from 'vitest/node'
import { openStores } from '../servers.ts'
import { onlyAnAccountShows } from './account.ts'
import { type Bundles, bundlesOf } from './bundle.ts'
import { functionsOf, pack, packaged, stages } from './stage.ts'
import { readyTools, type Tools } from './tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    tools: Tools
    /** Of the functions, which are the same in all stages. */
    bundles: Bundles
  }
}

const say = (line: string): void => console.log(line)

/** @returns what is called after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const tools = await readyTools(say)
  project.provide('tools', tools)
  for (const [name, tool] of Object.entries(tools)) if ('missing' in tool) say(`Without ${name}: ${tool.missing}`)
  for (const stage of stages) {
    say(`Packaging ${stage} …`)
    await pack(stage)
  }
  say('Measuring the bundles …')
  project.provide('bundles', await bundlesOf(functionsOf(await packaged('prod'))))
  const stores = await openStores()
  return async () => {
    await stores.stop()
    say('Only an account shows:')
    for (const line of onlyAnAccountShows) say(`  - ${line}`)
  }
}
