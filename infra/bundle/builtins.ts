/**
 * Node's own modules, loaded no further than they are used.
 *
 * An `import` of one reads all that it exports, and some exports are loaded by being read: with `node:http` comes all that
 * `fetch` needs (45 ms of a cold start), with `node:crypto` comes Web Crypto. Taken for CommonJS modules, they are read name by
 * name. This serves `require`, too, which an ES module does not have.
 */
import { builtinModules } from 'node:module'
import type { Plugin } from 'esbuild'

const bare = new Set(builtinModules)

export const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path }) =>
      path.startsWith('node:') || bare.has(path) ? { path, namespace: 'builtin' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}
