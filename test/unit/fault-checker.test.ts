/** The judge of the fault ring, on recordings made by hand: it passes what is right and finds what is not. */
import { describe, expect, it } from 'vitest'
import { check } from '../fault/checker.ts'
import type { Kind } from '../fault/finding.ts'
import { emptyRecording, type Recording, type Sent, type Stored } from '../fault/recording.ts'

const ada = 1
const bob = 2

interface Run {
  recording: Recording
  stored: Stored
}

/** Ada says two things, one after the other, and both have them on their one device. */
function goodRun(): Run {
  const recording = emptyRecording()
  recording.conversations.push([ada, bob])
  const messages = [1, 2].map((seq) => ({
    id: 10 + seq,
    seq,
    from: ada,
    to: bob,
    content: `m${seq}`,
    createdAt: 1_000 + seq,
    clientMessageId: `m${seq}`,
  }))
  for (const { id, seq, content, createdAt } of messages) {
    const at = seq * 100
    recording.sent.push({
      content,
      from: ada,
      to: bob,
      clientMessageId: content,
      attempts: [{ at, device: 'ada/1', answeredAt: at + 10 }],
      answers: [{ at: at + 10, kind: 'stored', id, seq, createdAt, isDuplicate: false }],
      isWelcome: true,
    })
  }
  for (const [name, owner, peer] of [
    ['ada/1', ada, bob],
    ['bob/1', bob, ada],
  ] as const) {
    recording.devices.push({
      name,
      owner,
      seen: messages.map(({ id, seq, content, createdAt }) => {
        return { at: seq * 100 + 20, via: 'push', peer, seq, id, from: ada, content, createdAt }
      }),
      quiet: new Map([[peer, new Set([1, 2])]]),
    })
  }
  recording.unread.push({ owner: bob, friend: ada, count: 1 }, { owner: ada, friend: bob, count: 0 })
  const stored: Stored = {
    conversations: [{ low: ada, high: bob, lastSeq: 2 }],
    messages,
    marks: [
      { owner: bob, friend: ada, readSeq: 1, unread: 1 },
      { owner: ada, friend: bob, readSeq: 0, unread: 0 },
    ],
  }
  return { recording, stored }
}

function kindsAfter(change: (run: Run) => void): Kind[] {
  const run = goodRun()
  change(run)
  return [...new Set(check(run.recording, run.stored).map(({ kind }) => kind))]
}

/** The message at this place. */
function sentAt({ recording }: Run, index: number): Sent {
  const sent = recording.sent[index]
  if (!sent) throw new Error(`nothing was sent at ${index}`)
  return sent
}

describe('the checker', () => {
  it('finds nothing in a run in which all is well', () => {
    expect(kindsAfter(() => {})).toEqual([])
  })

  it.each<[string, Kind, (run: Run) => void]>([
    ['an acknowledged row that is not stored', 'lost', ({ stored }) => stored.messages.pop()],
    [
      'a row that is not what was acknowledged',
      'lost',
      (run) =>
        sentAt(run, 0).answers.push({ at: 200, kind: 'stored', id: 12, seq: 1, createdAt: 1, isDuplicate: true }),
    ],
    [
      'something taken without an id that is not stored',
      'lost',
      ({ recording }) =>
        recording.sent.push({
          content: 'x',
          from: ada,
          to: bob,
          attempts: [{ at: 1, device: 'a' }],
          answers: [],
          isWelcome: true,
        }),
    ],
    ['a device without a message after its last sync', 'lost', ({ recording }) => recording.devices[1]?.seen.pop()],
    [
      'a content that is stored twice',
      'doubled',
      ({ stored }) => stored.messages.push({ id: 13, seq: 3, from: ada, to: bob, content: 'm2', createdAt: 1_003 }),
    ],
    [
      'an id of a client that is stored twice',
      'doubled',
      ({ stored }) =>
        stored.messages.push({
          id: 13,
          seq: 3,
          from: ada,
          to: bob,
          content: 'y',
          createdAt: 1_003,
          clientMessageId: 'm2',
        }),
    ],
    [
      'one message at two places on a device',
      'doubled',
      ({ recording }) =>
        recording.devices[1]?.seen.push({
          at: 9,
          via: 'push',
          peer: ada,
          seq: 3,
          id: 12,
          from: ada,
          content: 'm2',
          createdAt: 1_002,
        }),
    ],
    ['a hole', 'hole', ({ stored }) => stored.messages.shift()],
    [
      'a conversation that says it ends elsewhere',
      'hole',
      ({ stored }) => stored.conversations.splice(0, 1, { low: ada, high: bob, lastSeq: 3 }),
    ],
    [
      'an id that runs against its number',
      'disordered',
      ({ stored }) => Object.assign(stored.messages[0] ?? {}, { id: 99 }),
    ],
    [
      'a message before one that was known when it was sent',
      'disordered',
      (run) => Object.assign(sentAt(run, 0).attempts[0] ?? {}, { at: 500 }),
    ],
    [
      'a device that differs from the database',
      'disagreement',
      ({ recording }) => Object.assign(recording.devices[1]?.seen[0] ?? {}, { content: 'other' }),
    ],
    [
      'a device that nothing told to catch up',
      'missed in silence',
      ({ recording }) => recording.devices[1]?.quiet.get(ada)?.delete(2),
    ],
    ['a stored count that is off', 'unread', ({ stored }) => Object.assign(stored.marks[0] ?? {}, { unread: 2 })],
    ['a listed count that is off', 'unread', ({ recording }) => Object.assign(recording.unread[0] ?? {}, { count: 0 })],
    [
      'a mark that was told and is not there',
      'read mark',
      ({ recording }) => recording.marksSeen.push({ startedAt: 1, at: 2, owner: bob, friend: ada, seq: 2 }),
    ],
    [
      'a mark that moved back',
      'read mark',
      ({ recording }) =>
        recording.marksSeen.push(
          { startedAt: 1, at: 2, owner: bob, friend: ada, seq: 1 },
          { startedAt: 3, at: 4, owner: bob, friend: ada, seq: 0 },
        ),
    ],
    [
      'a mark-read that was confirmed and forgotten',
      'read mark',
      ({ recording }) => recording.marked.push({ at: 1, owner: bob, friend: ada, seq: 2 }),
    ],
    [
      'another answer to the same message',
      'answer differs',
      (run) => sentAt(run, 0).answers.push({ at: 300, kind: 'refused', reason: 'CONFLICT', isRetryable: false }),
    ],
    ['silence', 'never answered', (run) => sentAt(run, 1).answers.splice(0)],
    [
      'a refusal between friends',
      'wrong verdict',
      (run) =>
        sentAt(run, 1).answers.splice(0, 1, { at: 1, kind: 'refused', reason: 'NOT_FRIENDS', isRetryable: false }),
    ],
    ['a message between strangers', 'wrong verdict', ({ recording }) => recording.conversations.pop()],
    [
      'a message that was stored after the friendship had ended',
      'wrong verdict',
      ({ recording }) => recording.endings.push({ one: bob, other: ada, lastSeq: 1 }),
    ],
    [
      'another body under a used id',
      'wrong verdict',
      ({ recording }) =>
        recording.probes.push({
          content: 'p',
          from: ada,
          answers: [{ at: 1, kind: 'stored', id: 11, seq: 1, createdAt: 1_001, isDuplicate: true }],
        }),
    ],
    [
      'a refusal that took too long',
      'slow refusal',
      (run) => {
        run.recording.outages.push({ from: 0, to: 1_000, frames: 'refused' })
        Object.assign(sentAt(run, 1).attempts[0] ?? {}, { answeredAt: 5_000 })
      },
    ],
    [
      'a refusal while only the database was away',
      'slow refusal',
      (run) => {
        run.recording.outages.push({ from: 0, to: 1_000, frames: 'taken' })
        Object.assign(sentAt(run, 1).attempts[0] ?? {}, { isRefused: true })
      },
    ],
    ['what no client may meet', 'offence', ({ recording }) => recording.offences.push('a 401')],
  ])('finds %s', (_title, kind, change) => {
    expect(kindsAfter(change)).toContain(kind)
  })

  it('bears a push that comes twice, and a first answer that comes twice', () => {
    expect(
      kindsAfter((run) => {
        const { devices } = run.recording
        devices[1]?.seen.push(...devices[1].seen.slice(0, 1))
        sentAt(run, 0).answers.push(...sentAt(run, 0).answers)
      }),
    ).toEqual([])
  })

  it('does not ask a device for what it sent itself without an id', () => {
    expect(
      kindsAfter((run) => {
        const { recording } = run
        delete sentAt(run, 1).clientMessageId
        recording.devices[0]?.quiet.get(bob)?.delete(2)
      }),
    ).toEqual([])
  })
})
