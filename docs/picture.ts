/** Draws who imports whom into docs/architecture.md: `npm run docs:picture`. A test holds it to the code. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cruise } from 'dependency-cruiser'
import rules from '../.dependency-cruiser.ts'

const page = join(import.meta.dirname, 'architecture.md')
const between = /(?<=```mermaid\nflowchart ).*?(?=```)/s

/** The page as it has to be: one arrow for all imports from a room to another. All rooms import core: it is left out. */
export async function withPicture(): Promise<string> {
  const { output } = await cruise(['functions', 'lib'], {
    ...rules.options,
    includeOnly: '^(functions|lib)/',
    exclude: '^lib/core/',
    collapse: '^(functions|lib/(service/)?[^/]+)',
    outputType: 'mermaid',
  })
  const [, drawn = ''] = String(output).split('flowchart ')
  return (await readFile(page, 'utf8')).replace(between, drawn)
}

if (import.meta.main) await writeFile(page, await withPicture())
