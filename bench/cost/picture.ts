/** The picture of docs/cost.md: where the dollars go. */
import { drawingOf, type Panel } from '../chart.ts'
import type { Count } from './count.ts'
import { byComponent, dollars, idleLines, type Line, messageLines, total } from './model.ts'
import type { Terms } from './prices.ts'

/** Bars of the components: a million messages at each size of batch, and idle connections. */
export function pictureOf(count: Count, terms: Terms): string {
  const panel = (title: string, lines: readonly Line[]): Panel => ({
    title: `${title}: $${total(lines).toFixed(2)}`,
    bars: [...byComponent(lines)].map(([label, value]) => ({ label, value, text: dollars(value) })),
  })
  const idle = (everySeconds: number): Line[] => idleLines({ everySeconds, hasPong: false }, count, terms)
  return drawingOf([
    ...count.walks.map((walk) =>
      panel(`A million messages in batches of ${walk.size}`, messageLines(walk, count, terms)),
    ),
    panel('1,000 idle connections a month, a heartbeat each 30 s', idle(30)),
    panel('1,000 idle connections a month, a heartbeat each 240 s', idle(240)),
  ])
}
