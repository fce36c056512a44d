/** What the checker of a crowd finds, and what it does not. */
import { describe, expect, it } from 'vitest'
import type { Message } from '../../web/client/src/index.ts'
import { checkCrowd } from '../fault/check-crowd.ts'
import type { Asked, CrowdLog, CrowdPage, CrowdPerson, CrowdRow } from '../fault/crowd-log.ts'

const [ada, bob] = [7, 8]
const texts = [
  [0, 'ada created the group'],
  [ada, 'one'],
  [0, 'bob joined the group'],
  [bob, 'two'],
  [0, 'ada muted bob'],
  [ada, 'three'],
  [0, 'ada lets bob write again'],
  [bob, 'four'],
  [0, 'ada removed bob'],
  [ada, 'five'],
  [0, 'bob joined the group'],
  [ada, 'six'],
] as const
const rows: CrowdRow[] = texts.map(([from, content], index) => ({
  ...{ id: 100 + index, seq: index + 1, from, content },
  ...{ kind: 0, clientMessageId: '' },
}))
const seqs = (from: number, upTo: number) => rows.map(({ seq }) => seq).filter((seq) => seq >= from && seq <= upTo)
const given = (...places: number[]) => places.map((seq) => ({ seq, content: rows[seq - 1]?.content ?? '' }))

const person = (id: number, name: string, given: CrowdPerson['given']): CrowdPerson => ({
  id,
  name,
  given,
  shown: new Map(),
})

const good = (): CrowdLog => ({
  group: 3,
  people: [person(ada, 'ada', given(...seqs(1, 12))), person(bob, 'bob', given(...seqs(3, 9), ...seqs(11, 12)))],
  acknowledged: [{ from: bob, content: 'two', id: 103, seq: 4 }],
  asked: new Map(),
  refused: new Set(),
  offences: [],
})
const pages = () =>
  new Map([
    [ada, given(...seqs(1, 12))],
    [bob, given(...seqs(11, 12))],
  ])
const kindsOf = (log: CrowdLog, stored = rows, read = pages()) => checkCrowd(log, stored, read).map(({ kind }) => kind)
const changed = (seq: number, from: number): CrowdRow[] => rows.map((row) => (row.seq === seq ? { ...row, from } : row))

describe('a crowd', () => {
  it('in which all is well has nothing to find', () => {
    expect(kindsOf(good())).toEqual([])
  })

  it.each([
    ['a message of somebody who was not in it', good(), changed(2, bob), pages()],
    ['a message of somebody who was removed', good(), changed(10, bob), pages()],
    ['a message of somebody who was muted', good(), changed(6, bob), pages()],
  ])('shows %s', (_title, log, stored, read) => {
    expect(kindsOf(log, stored, read)).toEqual(['wrong verdict'])
  })

  it('shows what somebody was given from outside their stay', () => {
    const log = good()
    log.people[1]?.given.push(...given(10))
    expect(kindsOf(log)).toEqual(['wrong verdict'])
  })

  it('shows what somebody who belongs to it was not given, and nothing of what came while they were out', () => {
    const log = good()
    if (log.people[1]) log.people[1].given = given(...seqs(3, 8), 11)
    expect(kindsOf(log)).toEqual(['missed in silence'])
  })

  it('does not want the notice of joining from an application that was given nothing before it', () => {
    const ofBob = (stored: CrowdRow[], ...places: number[]) => {
      const all = given(...stored.map(({ seq }) => seq))
      const people = [person(ada, 'ada', all), person(bob, 'bob', given(...places))]
      const read = given(...seqs(stored.length > 10 ? 11 : 3, stored.length))
      return kindsOf(
        { ...good(), people },
        stored,
        new Map([
          [ada, all],
          [bob, read],
        ]),
      )
    }
    const first = rows.slice(0, 8)
    expect(ofBob(first, ...seqs(4, 8))).toEqual([])
    expect(ofBob(first, 3, ...seqs(5, 8))).toEqual(['missed in silence'])
    // The same when an earlier stay has gone by unnoticed; but whoever saw some of that one wants it.
    expect(ofBob(rows, 12)).toEqual([])
    expect(ofBob(rows, 4, 12)).toEqual(['missed in silence'])
  })

  it('shows what somebody may read too much of, and too little', () => {
    for (const read of [seqs(9, 12), seqs(12, 12)])
      expect(kindsOf(good(), rows, new Map([...pages(), [bob, given(...read)]]))).toEqual(['disagreement'])
  })

  it('shows what was acknowledged and is not there, twice there, or has left a hole', () => {
    const log = good()
    log.acknowledged.push({ from: bob, content: 'seven', id: 999, seq: 13 })
    expect(kindsOf(log)).toEqual(['lost'])
    const twice = rows.map((row) => (row.seq === 12 ? { ...row, content: 'five' } : row))
    expect(kindsOf(good(), twice)).toContain('doubled')
    expect(kindsOf(good(), rows.toSpliced(1, 1))).toContain('hole')
  })
})

describe('changes in a crowd', () => {
  const said = { kind: 0, clientMessageId: '' }
  const row = (seq: number, from: number, content: string, more = said): CrowdRow => ({
    id: 200 + seq,
    seq,
    from,
    content,
    ...more,
  })
  const stored = [
    row(1, 0, 'ada created the group'),
    row(2, 0, 'bob joined the group'),
    row(3, ada, 'new', { kind: 0, clientMessageId: 'old' }),
    row(4, ada, 'edited a message', { kind: 1, clientMessageId: 'edit' }),
    row(5, bob, 'to a message', { kind: 3, clientMessageId: 'react' }),
    row(6, bob, 'gone', { kind: 0, clientMessageId: 'away' }),
    row(7, bob, 'recalled a message', { kind: 2, clientMessageId: 'recall' }),
  ]
  const entry = (from: number, action: 'edit' | 'react' | 'recall', seq: number, content = '') =>
    ({ from, change: { action, seq }, content }) as const
  const plain = { edited: false, recalled: false, reactions: [] }
  const page = (...others: Partial<Message>[]) =>
    stored.map(({ seq, content }): CrowdPage[number] => {
      const state =
        seq === 3
          ? { ...plain, edited: true, reactions: [{ emoji: '👍', user_ids: [bob] }], changed_seq: 5 }
          : seq === 6 && { ...plain, recalled: true, changed_seq: 7 }
      return { seq, content, ...(state && { state }), ...others.find((other) => other.seq === seq) }
    })
  const ofBob = (...others: Partial<Message>[]) => page(...others).slice(1)
  const member = (id: number, name: string, read: CrowdPage): CrowdPerson => ({
    ...person(
      id,
      name,
      read.map(({ seq, content }) => ({ seq, content })),
    ),
    shown: new Map(read.map((one) => [one.seq, one as Message])),
  })
  const log = (shownToBob = ofBob()): CrowdLog => ({
    group: 3,
    people: [member(ada, 'ada', page()), member(bob, 'bob', shownToBob)],
    acknowledged: [
      { from: ada, content: 'old', id: 203, seq: 3 },
      { from: ada, content: 'new', id: 204, seq: 4 },
      { from: bob, content: 'away', id: 206, seq: 6 },
    ],
    asked: new Map<string, Asked>([
      ['old', { from: ada, content: 'old' }],
      ['away', { from: bob, content: 'away' }],
      ['edit', entry(ada, 'edit', 3, 'new')],
      ['react', entry(bob, 'react', 3, '👍')],
      ['recall', entry(bob, 'recall', 6)],
    ]),
    refused: new Set(),
    offences: [],
  })
  const kinds = (given = log(), rows = stored, readByBob = ofBob()) =>
    checkCrowd(
      given,
      rows,
      new Map([
        [ada, page()],
        [bob, readByBob],
      ]),
    ).map(({ kind }) => kind)

  it('that are all well have nothing to find', () => {
    expect(kinds()).toEqual([])
  })

  it.each([
    ['an edit', { seq: 3, content: 'old' }],
    ['a reaction', { seq: 3, state: { ...plain, edited: true, changed_seq: 5 } }],
    ['a recall', { seq: 6, state: { ...plain, changed_seq: 7 } }],
    ['the last change', { seq: 3, state: { ...page()[2]?.state, changed_seq: 4 } as Message['state'] }],
  ])('show an application that has missed %s, and a page', (_title, other) => {
    expect(kinds(log(ofBob(other as Partial<Message>)))).toEqual(['missed in silence'])
    expect(kinds(log(), stored, ofBob(other as Partial<Message>))).toEqual(['disagreement'])
  })

  it('show one that was acknowledged and is lost, and one that came about twice', () => {
    const old = stored.map((one) => (one.seq === 3 ? { ...one, content: 'old' } : one))
    expect(kinds(log(), old)).toContain('lost')
    expect(kinds(log(), stored.with(4, row(5, bob, 'said')))).toContain('disagreement')
    expect(
      kinds(log(), stored.with(4, row(5, ada, 'edited a message', { kind: 1, clientMessageId: 'edit' }))),
    ).toContain('doubled')
  })

  it('show one that its author could not make, or did not want', () => {
    const by = (from: number, clientMessageId: string) =>
      stored.with(4, row(5, from, 'to a message', { kind: 3, clientMessageId }))
    expect(kinds(log(), by(ada, 'react'))).toContain('wrong verdict')
    expect(kinds(log(), by(bob, 'nothing'))).toContain('wrong verdict')
    expect(kinds(log(), [...stored, row(8, bob, 'edited a message', { kind: 1, clientMessageId: 'late' })])).toContain(
      'wrong verdict',
    )
  })

  it('show what was refused, and is stored', () => {
    expect(kinds({ ...log(), refused: new Set(['react']) })).toEqual(['answer differs'])
    expect(kinds({ ...log(), refused: new Set(['away']), acknowledged: [] })).toEqual(['answer differs'])
  })

  it('show who has read an edit of when they were not there', () => {
    const away = [row(1, 0, 'ada created the group'), row(2, 0, 'bob joined the group')]
    away.push(row(3, ada, 'new', { kind: 0, clientMessageId: 'old' }))
    away.push(row(4, 0, 'bob left the group'), row(5, ada, 'edited a message', { kind: 1, clientMessageId: 'edit' }))
    const all = away.map(({ seq, content }) => ({ seq, content }))
    const people = [member(ada, 'ada', []), person(bob, 'bob', [])]
    const acknowledged = [{ from: ada, content: 'old', id: 203, seq: 3 }]
    const seen = (content: string) => {
      const read = all.slice(1, 4).with(1, { seq: 3, content })
      return checkCrowd({ ...log(), people, acknowledged }, away, new Map([[bob, read]]))
        .filter(({ detail }) => detail.includes('bob'))
        .map(({ kind }) => kind)
    }
    expect(seen('✏️')).toEqual([])
    expect(seen('new')).toEqual(['wrong verdict'])
  })
})
