/**
 * The floors that all else is compared with: the emulation and the database, with nothing of ours in between.
 *
 *     npx node bench/floor/index.ts
 */
import { tableOf } from '../report.ts'
import type { Result } from '../result.ts'
import { openStage, type Stage } from '../stage.ts'
import { measureEmulation } from './emulation.ts'
import { measureInserts } from './insert.ts'

export async function measureFloors(stage: Pick<Stage, 'pids' | 'mysqlUrl'>): Promise<Result[]> {
  return [...(await measureEmulation()), ...(await measureInserts(stage))]
}

if (import.meta.main) {
  const stage = await openStage({ say: console.log })
  try {
    for (const result of await measureFloors(stage)) console.table(tableOf([result]))
  } finally {
    await stage.stop()
  }
  process.exit()
}
