/** Built code, as serverless-offline finds it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder with one function, `functions/socket/authorize`. */
export async function codeDir(authorizer: string, name = 'authorize.mjs'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'edge-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, 'functions/socket'), { recursive: true })
  await writeFile(join(dir, 'functions/socket', name), authorizer)
  return dir
}
