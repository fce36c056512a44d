/** The plugins of esbuild (`custom.esbuild.plugins` in serverless.yml). */
import { account } from './account.ts'
import { builtins } from './builtins.ts'
import { chunks } from './chunks.ts'
import { manifest } from './manifest.ts'
import { commands } from './redis-commands.ts'

export default [builtins, chunks, commands, account, manifest]
