/** The library for clients knows the wire as the service's schemas say, and no other. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { clientWire, file } from '../../docs/client-wire.ts'
import { serverFrames } from '../../lib/wire/frame-table.ts'
import { framesOf } from '../../web/client/src/frame.ts'

describe('the library’s file of the wire', () => {
  it('is what `npm run docs:wire` makes of the schemas', () => {
    expect(readFileSync(file, 'utf8')).toBe(clientWire())
  })
})

const frames = Object.entries(serverFrames).map(([name, { example }]) => ({ name, example: example as object }))
const given = (frame: object) => framesOf(JSON.stringify(frame))

describe.each(frames)('a frame of the service, $name,', ({ example }) => {
  it('is taken, whatever else it holds', () => {
    expect(given(example)).toEqual([example])
    expect(given({ ...example, event: 'event' in example ? example.event : 'x', more: 1 })).toHaveLength(1)
  })

  it('is none without what it must have, or with something else in its place', () => {
    const { client_msg_id, call_id, action, chat_type: _absent, ...needed } = example as Record<string, unknown>
    const isOptional = !('duplicate' in example)
    const namesCall = call_id !== undefined && action === undefined
    const all = { ...needed, ...(!isOptional && { client_msg_id }), ...(namesCall && { call_id }) }
    for (const name of Object.keys(all).filter((one) => one !== 'type')) {
      const { [name]: _without, ...rest } = example as Record<string, unknown>
      expect(given(rest), `without ${name}`).toEqual([])
      for (const odd of [null, [], {}]) expect(given({ ...example, [name]: odd }), `${name}: ${odd}`).toEqual([])
    }
  })
})

it.each(['constructor', '__proto__', 'toString', 11, 99, -1, 1.5, null, true, [2], { type: 2 }])(
  'a frame of type %j is none',
  (type) => {
    expect(given({ ...serverFrames.message.example, type })).toEqual([])
  },
)
