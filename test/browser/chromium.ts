/** A Chromium for the tests: the one of this machine, else the one that a package brings, which needs no system libraries. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { childEnvironment } from '../../infra/services/environment.ts'
import { installationsDir } from '../../infra/services/index.ts'
import { run } from '../../infra/services/process.ts'

export interface Chromium {
  executablePath: string
  env: Record<string, string>
}

const root = resolve(import.meta.dirname, '../..')
const ofMachines = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser']
const { CHROME_PATH } = process.env

/** Says in a clause why no browser runs here; undefined if one does. */
export async function chromiumProblem(): Promise<string | undefined> {
  try {
    await findChromium()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** What CHROME_PATH names counts alone. @throws Error with a clause for the person at the terminal when none runs here. */
export async function findChromium(): Promise<Chromium> {
  for (const executablePath of CHROME_PATH ? [CHROME_PATH] : ofMachines) {
    const candidate = { executablePath, env: environment() }
    if (await runs(candidate)) return { ...candidate, executablePath: await fullPath(executablePath) }
  }
  if (CHROME_PATH) throw new Error(`CHROME_PATH (${CHROME_PATH}) does not run`)
  const platform = `${process.platform}-${process.arch}`
  if (platform !== 'linux-x64')
    throw new Error(`there is no Chrome or Chromium on the path, and the package with one has none for ${platform}`)
  const unpacked = await ofPackage()
  if (!(await runs(unpacked))) throw new Error(`${unpacked.executablePath} does not run`)
  return unpacked
}

function environment(added: Record<string, string> = {}): Record<string, string> {
  const all = Object.entries(childEnvironment(added))
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

async function runs({ executablePath, env }: Chromium): Promise<boolean> {
  const { exitCode, output } = await run(executablePath, ['--version'], { timeoutMs: 20_000, env })
  return exitCode === 0 && /Chrom/.test(output)
}

/** Where the PATH has it. */
async function fullPath(name: string): Promise<string> {
  const { output } = await run('/bin/sh', ['-c', 'command -v -- "$1"', 'sh', name], { timeoutMs: 5_000 })
  return output.trim()
}

/** The one of the package, with its libraries and fonts. Unpacked once; of those who do it at the same moment, one wins. */
async function ofPackage(): Promise<Chromium> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const folder = join(installationsDir, `chromium-${devDependencies['@sparticuz/chromium']}`)
  if (!existsSync(folder)) await unpack(folder)
  return {
    executablePath: join(folder, 'chromium'),
    env: environment({
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
      HOME: folder,
    }),
  }
}

/** The package's own looks for its fonts where functions have them: without any, Chromium ends at the first text. */
const fontsBesideIt = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`

async function unpack(folder: string): Promise<void> {
  await mkdir(installationsDir, { recursive: true })
  const made = await mkdtemp(`${folder}-`)
  try {
    const program = "const { default: chromium } = await import('@sparticuz/chromium'); await chromium.executablePath()"
    const { exitCode, output } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      timeoutMs: 120_000,
      cwd: root,
      // It unpacks into the folder for temporary files, and its libraries only where it believes itself to be a function.
      env: childEnvironment({ TMPDIR: made, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }),
    })
    if (exitCode !== 0) throw new Error(`the package's browser cannot be unpacked: ${output.trim().split('\n').at(-1)}`)
    await writeFile(join(made, 'fonts/fonts.conf'), fontsBesideIt)
    await rename(made, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}
