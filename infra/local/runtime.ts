/**
 * A Serverless plugin that brings the process of serverless-offline nearer to a Lambda runtime. List it after
 * serverless-esbuild and before serverless-offline.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { stop } from 'esbuild'

type Options = { readonly location?: unknown }

type Serverless = {
  readonly serviceDir: string
  readonly service: {
    readonly custom?: { readonly 'serverless-offline'?: Options }
    readonly functions: Readonly<Record<string, { readonly handler?: string }>>
  }
}

const stackTraceLimit = 10

export default class RuntimePlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor(serverless: Serverless, cliOptions: Options) {
    this.hooks = {
      'offline:start:init': async () => {
        const { serviceDir, service } = serverless
        const location = cliOptions.location ?? service.custom?.['serverless-offline']?.location
        const codeDir = resolve(serviceDir, typeof location === 'string' ? location : '')
        await Promise.all(Object.values(service.functions).map(({ handler }) => shorten(codeDir, handler ?? '')))
      },
      'offline:start:ready': async () => {
        // The framework removes the limit of stack traces, which makes errors in a deep stack slow; Node's own limit is ten.
        Error.stackTraceLimit = stackTraceLimit
        // serverless-offline sets a function's variables at every call: fast in an object, slow in the real environment.
        process.env = { ...process.env }
        // Nothing is rebuilt, and esbuild's process would hold some hundred MB.
        await stop()
      },
    }
  }
}

/**
 * Puts a module without an extension beside a bundle. At every call, serverless-offline searches the handler's file along
 * the package.json files up to the root; it tries this name first, and finds it in the cache of `require`.
 */
async function shorten(codeDir: string, handler: string): Promise<void> {
  const path = join(codeDir, handler.replace(/\.\w+$/, ''))
  if (existsSync(`${path}.mjs`)) await writeFile(path, `module.exports = require('./${basename(path)}.mjs')\n`)
}
