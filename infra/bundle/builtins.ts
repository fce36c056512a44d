/**
 * Loads only those parts of Node's built-in modules that are used.
 *
 * An `import` of a built-in reads all its exports, and some of them are lazy: reading them loads all of `fetch` with
 * `node:http` (45 ms of a cold start), and Web Crypto with `node:crypto`. Treated as CommonJS modules, they are read name by
 * name. This also provides `require`, which an ES module does not have.
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
