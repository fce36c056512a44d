/** What the checker of a crowd finds, and what it does not. */
import { describe, expect, it } from 'vitest'
import { type CrowdLog, type CrowdRow, checkCrowd } from '../fault/check-crowd.ts'

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
const rows: CrowdRow[] = texts.map(([from, content], index) => ({ id: 100 + index, seq: index + 1, from, content }))
const seqs = (from: number, upTo: number) => rows.map(({ seq }) => seq).filter((seq) => seq >= from && seq <= upTo)
const given = (...places: number[]) => places.map((seq) => ({ seq, content: rows[seq - 1]?.content ?? '' }))

const good = (): CrowdLog => ({
  group: 3,
  people: [
    { id: ada, name: 'ada', given: given(...seqs(1, 12)) },
    { id: bob, name: 'bob', given: given(...seqs(3, 9), ...seqs(11, 12)) },
  ],
  acknowledged: [{ from: bob, content: 'two', id: 103, seq: 4 }],
  offences: [],
})
const pages = () =>
  new Map([
    [ada, seqs(1, 12)],
    [bob, seqs(11, 12)],
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
    const ofBob = (stored: readonly CrowdRow[], read: readonly number[], ...places: number[]) => {
      const log = good()
      const people = [
        { id: ada, name: 'ada', given: given(...stored.map(({ seq }) => seq)) },
        { id: bob, name: 'bob', given: given(...places) },
      ]
      return kindsOf(
        { ...log, people },
        [...stored],
        new Map([
          [ada, stored.map(({ seq }) => seq)],
          [bob, [...read]],
        ]),
      )
    }
    const first = rows.slice(0, 8)
    expect(ofBob(first, seqs(3, 8), ...seqs(4, 8))).toEqual([])
    expect(ofBob(first, seqs(3, 8), 3, ...seqs(5, 8))).toEqual(['missed in silence'])
    // The same when an earlier stay has gone by unnoticed; but whoever saw some of that one wants it.
    expect(ofBob(rows, seqs(11, 12), 12)).toEqual([])
    expect(ofBob(rows, seqs(11, 12), 4, 12)).toEqual(['missed in silence'])
  })

  it('shows what somebody may read too much of, and too little', () => {
    for (const read of [seqs(9, 12), seqs(12, 12)])
      expect(kindsOf(good(), rows, new Map([...pages(), [bob, read]]))).toEqual(['disagreement'])
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
