/** The judge of the fault ring, on recordings made by hand: it passes what is right and finds what is not. */
import { describe, expect, it } from 'vitest'
import type { Kind } from '../fault/finding.ts'
import { groupTarget, userTarget } from '../fault/target.ts'
import { ada, at, bob, carol, eve, group, kindsAfter, pair, type Run, refusal, row, sentAt, vain } from './fault-run.ts'

describe.each([
  ['a pair', pair],
  ['a group', group],
])('the checker, on %s,', (_name, place) => {
  it('finds nothing in a run in which all is well', () => {
    expect(kindsAfter(place, () => {})).toEqual([])
  })

  it.each<[string, Kind, (run: Run) => void]>([
    ['an acknowledged row that is not stored', 'lost', ({ stored }) => stored.messages.splice(1, 1)],
    [
      'a row that is not what was acknowledged',
      'lost',
      (run) => sentAt(run, 0).answers.push({ ...at(sentAt(run, 1).answers, 0), at: 200 }),
    ],
    [
      'an acknowledged row that is stored elsewhere',
      'lost',
      (run) => Object.assign(sentAt(run, 0), { to: run.place === pair ? groupTarget(bob) : userTarget(bob) }),
    ],
    [
      'something taken without an id that is not stored',
      'lost',
      ({ recording, adas }) => {
        const attempts = [{ at: 1, device: 'a' }]
        recording.sent.push({ content: 'x', from: ada, to: adas, attempts, answers: [], isAllowed: true })
      },
    ],
    [
      'a device without a message after its last sync',
      'lost',
      ({ recording }) => at(recording.devices, 1).seen.shift(),
    ],
    [
      'a content that is stored twice',
      'doubled',
      ({ stored }) => stored.messages.push({ ...at(stored.messages, 1), id: 33, seq: 3, clientMessageId: 'other' }),
    ],
    [
      'an id of a client that is stored twice',
      'doubled',
      ({ stored }) => stored.messages.push({ ...at(stored.messages, 1), id: 33, seq: 3, content: 'other' }),
    ],
    [
      'one message at two places on a device',
      'doubled',
      ({ recording }) => {
        const { seen } = at(recording.devices, 1)
        seen.push({ ...at(seen, 1), via: 'push', seq: 3 })
      },
    ],
    [
      'a message that an application was given twice',
      'doubled',
      ({ recording }) => at(recording.devices, 1).seen.push(at(at(recording.devices, 1).seen, 1)),
    ],
    [
      'messages that an application was given in another order',
      'disordered',
      ({ recording }) => at(recording.devices, 1).seen.reverse(),
    ],
    [
      'a message that passed and was not given',
      'lost',
      ({ recording }) => Object.assign(at(at(recording.devices, 1).seen, 1), { via: 'page' }),
    ],
    [
      'a promise that says another place',
      'disagreement',
      ({ recording }) => {
        const { seen } = at(recording.devices, 0)
        seen.push({ ...at(seen, 0), via: 'promise', seq: 2 })
      },
    ],
    ['a hole', 'hole', ({ stored }) => stored.messages.shift()],
    [
      'a conversation that says it ends elsewhere',
      'hole',
      ({ stored }) => Object.assign(at(stored.conversations, 0), { lastSeq: 3 }),
    ],
    [
      'an id that runs against its number',
      'disordered',
      ({ stored }) => Object.assign(at(stored.messages, 0), { id: 99 }),
    ],
    [
      'a message before one that was known when it was sent',
      'disordered',
      (run) => Object.assign(at(sentAt(run, 0).attempts, 0), { at: 500 }),
    ],
    [
      'a device that differs from the database',
      'disagreement',
      ({ recording }) => Object.assign(at(at(recording.devices, 1).seen, 0), { content: 'other' }),
    ],
    [
      'a device that nothing told to catch up',
      'missed in silence',
      ({ recording, bobs }) => at(recording.devices, 1).beforeLastSync.get(bobs)?.delete(2),
    ],
    ['a stored count that is off', 'unread', ({ stored }) => Object.assign(at(stored.marks, 1), { unread: 2 })],
    [
      'a mark that was told and is not there',
      'read mark',
      ({ recording, bobs }) => recording.marksSeen.push({ startedAt: 1, at: 2, owner: bob, target: bobs, seq: 2 }),
    ],
    [
      'a mark that a frame told and is not there',
      'read mark',
      ({ recording, bobs }) => recording.marksTold.push({ owner: bob, target: bobs, seq: 2 }),
    ],
    [
      'a mark that was told and not given',
      'read mark',
      ({ recording, adas }) => at(recording.devices, 0).marksTold.set(adas, 1),
    ],
    [
      'a mark that was given and never told',
      'read mark',
      ({ recording, adas }) => at(recording.devices, 0).marksGiven.set(adas, 1),
    ],
    [
      'a mark that moved back',
      'read mark',
      ({ recording, bobs: target }) =>
        recording.marksSeen.push(
          { startedAt: 1, at: 2, owner: bob, target, seq: 1 },
          { startedAt: 3, at: 4, owner: bob, target, seq: 0 },
        ),
    ],
    [
      'a mark-read that was confirmed and forgotten',
      'read mark',
      ({ recording, bobs }) => recording.marked.push({ owner: bob, target: bobs, seq: 2 }),
    ],
    ['another answer to the same message', 'answer differs', (run) => sentAt(run, 0).answers.push(refusal('CONFLICT'))],
    ['silence', 'never answered', (run) => sentAt(run, 1).answers.splice(0)],
    [
      'a refusal of what is allowed',
      'wrong verdict',
      (run) => sentAt(run, 1).answers.splice(0, 1, refusal('NOT_FRIENDS')),
    ],
    ['a message of a stranger', 'wrong verdict', ({ recording, place }) => recording.conversations.delete(place.name)],
    [
      'a message that was stored after the end',
      'wrong verdict',
      ({ recording, place }) => recording.endings.push({ conversation: place.name, lastSeq: 1 }),
    ],
    [
      'another message that is answered as stored under a used id',
      'wrong verdict',
      (run) => {
        const answers = sentAt(run, 0).answers
        run.recording.probes.push({ content: 'p', from: ada, to: run.adas, answers })
      },
    ],
    [
      'another message that is stored under a used id',
      'wrong verdict',
      (run) => run.recording.probes.push({ content: sentAt(run, 0).content, from: ada, to: run.adas, answers: [] }),
    ],
    [
      'a refusal that took too long',
      'slow refusal',
      (run) => {
        run.recording.outages.push({ from: 0, to: 1_000, frames: 'refused' })
        Object.assign(at(sentAt(run, 1).attempts, 0), { answeredAt: 5_000 })
      },
    ],
    [
      'a refusal while only the database was away',
      'slow refusal',
      (run) => {
        run.recording.outages.push({ from: 0, to: 1_000, frames: 'taken' })
        Object.assign(at(sentAt(run, 1).attempts, 0), { isRefused: true })
      },
    ],
    ['what no client may meet', 'offence', ({ recording }) => recording.offences.push('a 401')],
  ])('finds %s', (_title, kind, change) => {
    expect(kindsAfter(place, change)).toContain(kind)
  })

  it('bears a push that comes twice, and a first answer that comes twice', () => {
    expect(
      kindsAfter(place, (run) => {
        const { seen } = at(run.recording.devices, 1)
        seen.push({ ...at(seen, 0), via: 'push' })
        sentAt(run, 0).answers.push(...sentAt(run, 0).answers)
      }),
    ).toEqual([])
  })

  it('does not ask a device for what it sent itself without an id', () => {
    expect(
      kindsAfter(place, (run) => {
        delete sentAt(run, 1).clientMessageId
        at(run.recording.devices, 0).beforeLastSync.get(run.adas)?.delete(2)
      }),
    ).toEqual([])
  })
})

it('the checker finds a listed count of a friend that is off', () => {
  expect(kindsAfter(pair, ({ recording }) => Object.assign(at(recording.unread, 1), { count: 0 }))).toEqual(['unread'])
})

describe('the checker, on a group that has the id of a user,', () => {
  it.each<[string, Kind, (run: Run) => void]>([
    [
      'one of several members whom nothing told',
      'missed in silence',
      ({ recording, bobs }) => at(recording.devices, 2).beforeLastSync.get(bobs)?.delete(1),
    ],
    ['a count of one of several members', 'unread', ({ stored }) => Object.assign(at(stored.marks, 2), { unread: 1 })],
    [
      'a message of somebody who is no member',
      'wrong verdict',
      ({ stored, place }) => {
        stored.messages.push({ ...row(place.name, 3, 'v'), from: eve })
        Object.assign(at(stored.conversations, 0), { lastSeq: 3 })
      },
    ],
    [
      'a refusal of who is no member for want of a friendship',
      'wrong verdict',
      ({ recording }) => recording.sent.push(vain('NOT_FRIENDS')),
    ],
    [
      'a message of the group that came as one of the user',
      'disagreement',
      ({ recording }) => Object.assign(at(at(recording.devices, 0).seen, 0), { target: userTarget(2) }),
    ],
    [
      'a mark in the group that was told as one about the user',
      'read mark',
      ({ recording }) => recording.marksTold.push({ owner: carol, target: userTarget(2), seq: 1 }),
    ],
  ])('finds %s', (_title, kind, change) => {
    expect(kindsAfter(group, change)).toContain(kind)
  })

  it('passes a refusal of who is no member', () => {
    expect(kindsAfter(group, ({ recording }) => recording.sent.push(vain('NOT_MEMBER')))).toEqual([])
  })
})
