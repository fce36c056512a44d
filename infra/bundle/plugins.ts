/** What serverless.yml names as `custom.esbuild.plugins`: how the functions are bundled, beyond esbuild's options. */
import { builtins } from './builtins.ts'
import { chunks } from './chunks.ts'
import { commands } from './redis-commands.ts'

export default [builtins, chunks, commands]
