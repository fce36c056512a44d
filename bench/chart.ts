/** The chart of docs/performance.md: bars in an SVG that is readable on light and dark pages. */
import { words } from './report.ts'
import type { Result } from './result.ts'

interface Bar {
  label: string
  value: number
  /** Where a thin line beyond the bar ends. */
  far?: number
  text: string
}

export interface Panel {
  title: string
  bars: readonly Bar[]
}

const size = { width: 820, labels: 330, values: 130, row: 24, bar: 14, title: 40, margin: 16 }
const barsWidth = size.width - size.labels - size.values - size.margin

const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 14px }
  .value { fill: #57606a }
  .bar { fill: #2a78d6 }
  .far { stroke: #2a78d6; stroke-width: 2 }
  .axis { stroke: #8c959f; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .value { fill: #9da7b3 }
    .bar { fill: #4c94ea }
    .far { stroke: #4c94ea }
    .axis { stroke: #6e7681 }
  }`

/** Draws the panels for which there are results. */
export function chartOf(results: readonly Result[]): string {
  return drawingOf(panelsOf(results).filter(({ bars }) => bars.length > 0))
}

/** Draws panels, one below the other. */
export function drawingOf(panels: readonly Panel[]): string {
  let height = 0
  const drawn = panels.map((panel) => {
    const top = height
    height += size.title + panel.bars.length * size.row
    return draw(panel, top)
  })
  height += size.margin
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" height="${height}" role="img">`,
    `<title>${panels.map(({ title }) => escaped(title)).join('; ')}</title>`,
    `<style>${style}\n</style>`,
    ...drawn,
    '</svg>\n',
  ].join('\n')
}

function panelsOf(results: readonly Result[]): Panel[] {
  const of = (name: string): Result[] => results.filter(({ workload }) => workload.startsWith(name))
  const rate = ({ perSecond }: Result) => ({ value: perSecond, text: perSecond.toLocaleString('en') })
  const latency = ({ latencyMs }: Result) => {
    const { p50 = 0, p99 = 0 } = latencyMs ?? {}
    return { value: p50, far: p99, text: `${p50}, ${p99}` }
  }
  const panel = (title: string, shown: readonly Result[], figure: (result: Result) => Omit<Bar, 'label'>): Panel => ({
    title,
    bars: shown.map((result) => ({ label: labelOf(result, shown), ...figure(result) })),
  })
  // Logging in is slow by intent, and would dwarf the others.
  const routes = ['info', 'friend list', 'history', 'sync'].flatMap(of).filter(({ setting }) => setting.clients === 4)
  return [
    panel('Messages a second, closed loop', of('closed loop'), rate),
    panel('Latency at 200 messages a second: p50, and p99 as a line, ms', of('open loop'), latency),
    panel('Waiting records a second', of('drain'), rate),
    panel('Latency of routes with 4 clients: p50, and p99 as a line, ms', routes, latency),
  ]
}

/** The workload if the panel has several, and the settings that differ between those of one workload. */
function labelOf({ workload, setting }: Result, shown: readonly Result[]): string {
  const peers = shown.filter((result) => result.workload === workload)
  const differing = Object.entries(setting).filter(
    ([name]) => new Set(peers.map((peer) => peer.setting[name])).size > 1,
  )
  const told = differing.flatMap(([name, value]) => {
    if (value === false || value === 0) return []
    return value === true ? words(name) : `${value.toLocaleString('en')} ${words(name)}`
  })
  const isMixed = peers.length < shown.length
  return [...(isMixed ? [workload] : []), ...told].join(', ') || 'plain'
}

function draw({ title, bars }: Panel, top: number): string {
  const longest = Math.max(...bars.map(({ value, far }) => Math.max(value, far ?? 0)))
  const x = size.labels + size.margin / 2
  const first = top + size.title
  const rows = bars.map(({ label, value, far, text }, index) => {
    const middle = first + index * size.row + size.row / 2
    const width = (of: number): number => Math.round((of / longest) * barsWidth * 10) / 10
    const end = x + width(Math.max(value, far ?? 0))
    const line = far ? `<line class="far" x1="${x}" x2="${x + width(far)}" y1="${middle}" y2="${middle}"/>` : ''
    return [
      `<text x="${size.labels}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
      line,
      `<rect class="bar" x="${x}" y="${middle - size.bar / 2}" width="${width(value)}" height="${size.bar}" rx="2"/>`,
      `<text class="value" x="${end + 8}" y="${middle + 4}">${escaped(text)}</text>`,
    ].join('')
  })
  const bottom = first + bars.length * size.row
  return [
    `<text class="title" x="${size.margin}" y="${top + 28}">${escaped(title)}</text>`,
    `<line class="axis" x1="${x}" x2="${x}" y1="${first}" y2="${bottom}"/>`,
    ...rows,
  ].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
