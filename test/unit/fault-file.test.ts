/** What the checker finds of files, and what it does not. */
import { describe, expect, it } from 'vitest'
import { findFileFaults, readersOf } from '../fault/check-file.ts'
import type { Kind } from '../fault/finding.ts'
import { emptyRecording, type Fetched, type FileLog, type Recording, type Stored } from '../fault/recording.ts'
import { groupTarget, userTarget } from '../fault/target.ts'
import { ada, bob, carol, eve, at as placed } from './fault-run.ts'

const path = '/chat-files/20261129/0123456789abcdef0123456789abcdef.bin'
const address = `http://127.0.0.1:8080${path}`
const conversation = '1 and 2'
const file = (run: Run): FileLog => placed(run.recording.files, 0)

interface Run {
  recording: Recording
  stored: Stored
}

const got = (by: number, detail = 'hash', isLast = true): Fetched => ({ by, isLast, kind: 'bytes', detail })
const refused = (by: number, isLast = true): Fetched => ({ by, isLast, kind: 'refused', detail: 'MEDIA_NOT_FOUND' })

/** Ada has sent a file to Bob. Eve and whoever has no account were refused, and Bob, too, before it was stored. */
function goodRun(): Run {
  const recording = emptyRecording()
  recording.conversations.set(conversation, [ada, bob]).set('3 and 4', [carol, eve])
  const sent = { from: ada, to: userTarget(bob), attempts: [], isAllowed: true }
  recording.sent.push({
    ...sent,
    content: address,
    answers: [{ at: 1, kind: 'stored', id: 1, seq: 1, createdAt: 1, isDuplicate: false }],
  })
  const fetched = [refused(bob, false), got(ada), got(bob), refused(eve), refused(0)]
  recording.files.push({ address, owner: ada, hash: 'hash', fetched })
  const row = { id: 1, seq: 1, createdAt: 1 }
  const messages = [{ ...row, conversation, from: ada, content: address }]
  return { recording, stored: { conversations: [], messages, marks: [], links: [{ conversation, seq: 1, path }] } }
}

function kindsAfter(change: (run: Run) => void): Kind[] {
  const run = goodRun()
  change(run)
  return findFileFaults(run).map(({ kind }) => kind)
}

/** Eve says its address to Carol. */
function steal({ stored }: Run): void {
  const content = `${address}?1`
  stored.messages.push({ id: 2, seq: 1, createdAt: 2, conversation: '3 and 4', from: eve, content })
}

describe('a file', () => {
  it('with which all is well has nothing to find', () => {
    expect(kindsAfter(() => {})).toEqual([])
  })

  it.each<[string, Kind, (run: Run) => void]>([
    ['does not come to who may have it', 'file lost', (run) => file(run).fetched.push(refused(bob))],
    [
      'does not come, though nothing is said of it',
      'file lost',
      (run) => file(run).fetched.push({ by: bob, isLast: true, kind: 'failed', detail: 'status 503' }),
    ],
    ['has no link to its message', 'file lost', ({ stored }) => stored.links.pop()],
    [
      'has a link to another message',
      'file shown',
      ({ stored }) => stored.links.push({ conversation: '3 and 4', seq: 1, path }),
    ],
    [
      'is answered with a fault, and not an outage',
      'offence',
      (run) => file(run).fetched.push({ by: bob, isLast: false, kind: 'failed', detail: 'FAULT' }),
    ],
    ['comes with other bytes', 'file differs', (run) => file(run).fetched.push(got(bob, 'other', false))],
    ['comes to somebody else', 'file shown', (run) => file(run).fetched.push(got(eve, 'hash', false))],
    ['comes to anybody without a signature', 'file shown', (run) => file(run).fetched.push(got(0))],
    [
      'comes to whom it was sent in vain',
      'file shown',
      (run) => {
        run.stored.messages.pop()
        run.stored.links.pop()
      },
    ],
    [
      'comes, and was never put',
      'file shown',
      (run) => {
        file(run).hash = undefined
        file(run).fetched = [got(ada)]
      },
    ],
  ])('that %s is found', (_title, kind, change) => {
    expect(kindsAfter(change)).toEqual([kind])
  })

  it('whose address somebody sends on who may not see it is for nobody else by that', () => {
    expect(kindsAfter(steal)).toEqual([])
    const given = (run: Run) => {
      steal(run)
      file(run).fetched.push(got(carol))
      run.stored.links.push({ conversation: '3 and 4', seq: 1, path })
    }
    expect(kindsAfter(given)).toEqual(['file shown', 'file shown'])
  })

  it('is for its owner, and for those to whom its owner may send it', () => {
    const { recording } = goodRun()
    recording.conversations.set('group 9', [ada, carol])
    const [sent] = recording.sent
    if (sent) recording.sent.push({ ...sent, to: groupTarget(9), isAllowed: false })
    expect([...readersOf(placed(recording.files, 0), recording)]).toEqual([ada, bob])
  })
})
