/** What a person needs of a view, held to WCAG by axe: nothing serious, nothing critical. */
import axe, { type AxeResults } from 'axe-core'
import { expect } from 'vitest'
import { type Person, soon } from './person.ts'

/** Put into the page by the debugger, whose code the page's policy does not stop. */
export async function check({ page }: Person, what: string): Promise<void> {
  await soon(async () => expect(await page.locator('[aria-busy=true]').count()).toBe(0))
  await page.evaluate(axe.source)
  const { violations }: AxeResults = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
  const severe = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  const lines = severe.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  )
  expect(lines, what).toEqual([])
}
