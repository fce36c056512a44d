/** Outboxes: what is added is there after a reload, in order, until it is removed. */
import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryOutbox, type Outbox } from '../../src/index.ts'
import { type IndexedDb, indexedDbOutbox } from '../../src/outbox-indexeddb.ts'

const databaseOf = () => new IDBFactory() as unknown as IndexedDb
const entry = (id: string, content = id) => ({
  target_id: 2,
  chat_type: 2 as const,
  client_msg_id: id,
  content,
  media: 1,
})

/** An outbox, and the same after a reload of the page. */
const kinds: [string, () => { outbox: Outbox; reloaded: () => Outbox }][] = [
  [
    'in memory',
    () => {
      const outbox = memoryOutbox()
      return { outbox, reloaded: () => outbox }
    },
  ],
  [
    'in IndexedDB',
    () => {
      const database = databaseOf()
      return { outbox: indexedDbOutbox(database, 'one'), reloaded: () => indexedDbOutbox(database, 'one') }
    },
  ],
]

describe.each(kinds)('an outbox %s', (_where, create) => {
  it('gives what was added and not removed, in order, also after a reload', async () => {
    const commands = fc.array(fc.record({ id: fc.constantFrom('z', 'a', 'm', '中', 'b'), isAdded: fc.boolean() }))
    await fc.assert(
      fc.asyncProperty(commands, async (all) => {
        const { outbox, reloaded } = create()
        const model: string[] = []
        for (const { id, isAdded } of all) {
          const at = model.indexOf(id)
          if (isAdded && at < 0) model.push(id)
          if (isAdded && at < 0) await outbox.add(entry(id))
          if (!isAdded) await outbox.remove(id)
          if (!isAdded && at >= 0) model.splice(at, 1)
        }
        expect(await reloaded().all()).toEqual(model.map((id) => entry(id)))
      }),
      { numRuns: 50 },
    )
  })

  it('keeps the order of calls that do not wait for each other', async () => {
    const { outbox, reloaded } = create()
    await Promise.all(['c', 'a', 'b'].map((id) => outbox.add(entry(id))))
    expect((await reloaded().all()).map(({ content }) => content)).toEqual(['c', 'a', 'b'])
  })
})

describe('an outbox in IndexedDB', () => {
  it('is its user’s alone', async () => {
    const database = databaseOf()
    await indexedDbOutbox(database, 'one').add(entry('a'))
    expect(await indexedDbOutbox(database, 'other').all()).toEqual([])
  })

  it('that cannot be opened is tried again', async () => {
    const database = databaseOf()
    let failures = 1
    const broken: IndexedDb = {
      open(name, version) {
        if (failures-- > 0) throw new Error('the disk is full')
        return database.open(name, version)
      },
    }
    const outbox = indexedDbOutbox(broken, 'one')
    await expect(outbox.add(entry('a'))).rejects.toThrow('the disk is full')
    await outbox.add(entry('b'))
    expect(await outbox.all()).toHaveLength(1)
  })
})
