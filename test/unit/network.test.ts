/** The network that an address counts for. */
import { expect, it } from 'vitest'
import { networkOf } from '../../lib/core/network.ts'

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:C000:0201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
  ['2001:db8::5:6:7:8', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
])('of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

it('of two spellings of an address is one, and of neighbours another', () => {
  expect(networkOf('2001:DB8:0:1:0:0:0:1')).toBe(networkOf('2001:db8:0:1::ff'))
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8:0:2::1'))
})

it.each(['', 'unknown', '1.2.3', '[::1]', '1:2', '::1::2'])('of %j, which is no address, is itself', (text) => {
  expect(networkOf(text)).toBe(text)
})
