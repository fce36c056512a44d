/**
 * Replaces semver in bundles. Whenever jsonwebtoken is loaded, it asks semver whether Node supports kinds of keys that we do
 * not use, and loading semver takes longer than the rest of jsonwebtoken. The answers are known: bundles run on Node 24.
 */

/** The ranges that jsonwebtoken asks about. */
const met = new Set(['^6.12.0 || >=8.0.0', '>=15.7.0', '>=16.9.0'])

/** @throws Error - for any other range. */
export function satisfies(version: string, range: string): true {
  if (!met.has(range)) throw new Error(`unknown whether ${version} satisfies ${range}: see infra/bundle/semver.ts`)
  return true
}
