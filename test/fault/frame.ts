/** Reads fields of frames and replies; builds the invalid frames that no library would send. */

/** A numeric field; NaN when it is missing or no number, which compares false with everything. */
export function numberOf(value: unknown, field: string): number {
  const found: unknown = Reflect.get(Object(value), field)
  return typeof found === 'number' ? found : Number.NaN
}

export function textOf(value: unknown, field: string): string {
  const found: unknown = Reflect.get(Object(value), field)
  return typeof found === 'string' ? found : ''
}

export function listOf(value: unknown, field?: string): unknown[] {
  const found: unknown = field === undefined ? value : Reflect.get(Object(value), field)
  return Array.isArray(found) ? found : []
}

/**
 * The beginning of a text frame as a client sends it (RFC 6455, section 5.2): its header promises more bytes than
 * follow.
 */
export function brokenFrame(payload: string): Buffer {
  const bytes = Buffer.from(payload)
  const promised = bytes.length + 200
  const header = Buffer.from([0x81, 0x80 | 126, promised >> 8, promised & 0xff, 0, 0, 0, 0])
  return Buffer.concat([header, bytes])
}

/** A whole text frame that holds no UTF-8: the other side has to close the connection (RFC 6455, section 8.1). */
export function wrongFrame(): Buffer {
  return Buffer.from([0x81, 0x80 | 2, 0, 0, 0, 0, 0xff, 0xff])
}
