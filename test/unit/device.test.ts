/** How clients name their devices. */
import { describe, expect, it } from 'vitest'
import { deviceOf } from '../../lib/core/device.ts'

describe('a device', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101',
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101',
    ],
    [undefined, ''],
    ['', ''],
    [' \t ', ''],
    ['a  b\tc', 'a b c'],
    ['<script>alert("1")</script>', 'script alert( 1 ) /script'],
    ['a\u202eb\u0000c\nd\u0085e', 'a b c d e'],
    ['设备/1 \ud800', '/1'],
    [`\`a' & b\\c`, 'a b c'],
  ])('is shown as plain text: %j is %j', (given, device) => {
    expect(deviceOf(given)).toBe(device)
  })

  it('has 160 characters at most, however long its name is', () => {
    expect(deviceOf('x'.repeat(8_000))).toBe('x'.repeat(160))
    expect(deviceOf(`${' '.repeat(900)}${'y'.repeat(8_000)}`)).toBe('y'.repeat(160))
    expect(deviceOf(`${'x'.repeat(159)} y`)).toBe('x'.repeat(159))
  })
})
