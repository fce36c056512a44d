/**
 * Preloaded into the processes of the functions: look-ups of the names in NAMES_FILE give the addresses that it holds at that
 * moment, as a DNS does when a store has moved. All clients look names up by `dns.lookup`, and so need no change.
 */
import dns, { type LookupAllOptions } from 'node:dns'
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { isIP } from 'node:net'

const { lookup } = dns
const file = process.env.NAMES_FILE ?? ''

dns.lookup = ((name: string, ...rest: unknown[]) => {
  const address: string | undefined = JSON.parse(readFileSync(file, 'utf8'))[name]
  if (address === undefined) return Reflect.apply(lookup, dns, [name, ...rest])
  const callback = rest.at(-1) as (error: null, ...found: unknown[]) => void
  const { all } = Object(rest[0]) as LookupAllOptions
  const family = isIP(address)
  process.nextTick(() => (all ? callback(null, [{ address, family }]) : callback(null, address, family)))
}) as typeof lookup
syncBuiltinESMExports()
