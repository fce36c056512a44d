/**
 * A Serverless plugin: the framework's process has a folder of its own for temporary files, which goes with it. Of each function
 * that serverless-esbuild packages it leaves a folder behind: it removes only empty ones.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default class TemporaryFolderPlugin {
  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'gochat-serverless-'))
    process.env.TMPDIR = folder
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  }
}
