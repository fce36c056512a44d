/** Networks, by which attempts from an address are counted. */
import { isIPv6 } from 'node:net'

/**
 * The network of an address: an IPv4 address itself; of an IPv6 address its /64, which is the least that a customer gets (RFC 6177),
 * in one spelling. What is no address is its own network.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return ipv4Of(groups.slice(6))
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // A URL's host has one spelling for each address; it takes no zone.
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`)
  const [before = [], after] = hostname
    .slice(1, -1)
    .split('::')
    .map((part) => part.split(':').filter(Boolean))
  if (!after) return before
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}

/** An IPv4 address of its two groups in an IPv6 address (RFC 4291, 2.5.5.2). */
const ipv4Of = (groups: readonly string[]): string =>
  groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 0xff])
    .join('.')
