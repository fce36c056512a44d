/** Writes results: a file for each run, and the generated part of docs/performance.md with its chart. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { chartOf } from './chart.ts'
import { markdownOf, type Report } from './report.ts'

const root = resolve(import.meta.dirname, '..')
const chart = '![Messages a second, latencies, and waiting records a second](performance.svg)'
const [begin, end] = ['<!-- figures -->', '<!-- /figures -->']

/** Keeps a run under its date. @returns the file. */
export async function writeResult(report: Report): Promise<string> {
  const folder = join(root, 'bench/results')
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${report.date.slice(0, 19).replaceAll(':', '')}.json`)
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
  return file
}

/** Renders a run between the marks of the page, and its chart. @returns the page. @throws Error when the marks are gone. */
export async function writePage(report: Report): Promise<string> {
  const file = join(root, 'docs/performance.md')
  const page = await readFile(file, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${file} has no place for the figures: ${begin} … ${end}`)
  await writeFile(file, `${page.slice(0, from + begin.length)}\n${chart}\n\n${markdownOf(report)}\n${page.slice(to)}`)
  await writeFile(join(root, 'docs/performance.svg'), chartOf(report.results))
  return file
}
