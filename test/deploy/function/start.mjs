/**
 * Loads a function's module as a runtime does, and prints how much CPU time that took, in milliseconds. Node's own start is not
 * in it. Plain JavaScript, as loop.mjs is.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { LAMBDA_TASK_ROOT: folder = '', _HANDLER: name = '' } = process.env
const file = pathToFileURL(join(folder, `${name.replace(/\.\w+$/, '')}.mjs`)).href
const before = process.cpuUsage()
await import(file)
const { user, system } = process.cpuUsage(before)
console.log((user + system) / 1_000)
process.exit()
