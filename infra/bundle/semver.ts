/**
 * What stands for semver in a bundle. jsonwebtoken asks it, each time it is loaded, whether Node knows kinds of keys that we do
 * not use; to find that out takes longer than the rest of jsonwebtoken. The answers are known: bundles run on Node 24.
 */

/** What jsonwebtoken asks: since which version Node can do something. */
const met = new Set(['^6.12.0 || >=8.0.0', '>=15.7.0', '>=16.9.0'])

/** @throws Error - for a range that nobody has looked at. */
export function satisfies(version: string, range: string): true {
  if (!met.has(range)) throw new Error(`whether ${version} is ${range} is not known: see infra/bundle/semver.ts`)
  return true
}
