/** Reads a conversation to its begin, as people do: by scrolling. */
import { expect } from 'vitest'
import { type Person, soon } from './person.ts'
import * as view from './view.ts'

/** The texts that match, oldest first, each as often as it is shown. A page shows only those that are near. */
export async function readUp({ page }: Person, pattern: RegExp, first: string): Promise<string[]> {
  const box = await view.log(page).boundingBox()
  if (!box) throw new Error('no conversation is open')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  // From the end, wherever it stands.
  await soon(async () => {
    await page.mouse.wheel(0, 20_000)
    expect(await view.jump(page).isVisible()).toBe(false)
  })
  let all = await shown(page, pattern)
  while (!all.includes(first)) {
    await page.mouse.wheel(0, -box.height / 2)
    all = await soon(async () => {
      const now = await shown(page, pattern)
      const known = now.lastIndexOf(all[0] ?? '')
      expect(known, `${all[0]} among ${now}`).toBeGreaterThan(0)
      return [...now.slice(0, known), ...all]
    })
  }
  return all
}

// Those that are not laid out yet are hidden, and no less there: looked for by role, one between two others might be passed over.
async function shown(page: Person['page'], pattern: RegExp): Promise<string[]> {
  const texts = await view
    .log(page)
    .locator('article')
    .evaluateAll((all) =>
      all.map((one) => {
        const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT)
        const parts: (string | null)[] = []
        while (walker.nextNode()) parts.push(walker.currentNode.textContent)
        return parts.join('\n')
      }),
    )
  return texts.flatMap((text) => text.match(pattern) ?? [])
}
