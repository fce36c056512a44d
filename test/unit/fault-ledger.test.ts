/** The books of the fault ring: each answer belongs to one sending, and to its owner. */
import { beforeEach, describe, expect, it } from 'vitest'
import { Ledger } from '../fault/ledger.ts'
import { emptyRecording, type Recording, type Sent } from '../fault/recording.ts'
import { groupTarget, messageTo, userTarget } from '../fault/target.ts'

const ada = 1
const answer = { type: 5, client_msg_id: 'm', id: 1, seq: 1, created_at: 1, duplicate: false }

let recording: Recording
let ledger: Ledger
let sent: Sent

const entryOf = ({ content }: Sent) => ({ client_msg_id: 'm', content, media: 1, target_id: 2, chat_type: 3 as const })
const leave = (): void => void ledger.left(messageTo(groupTarget(2), sent.content, 'm'), 'ada/1')

beforeEach(() => {
  recording = emptyRecording()
  ledger = new Ledger(recording, 'run')
  sent = ledger.say(ada, groupTarget(2), true, 3)
  ledger.kept(entryOf(sent))
  leave()
})

describe('a message', () => {
  it('has the id that the library gave it, its sendings and their answers', () => {
    expect(ledger.answered(ada, answer)).toBe(sent)
    leave()
    ledger.answered(ada, { ...answer, duplicate: true })
    expect(sent).toMatchObject({ clientMessageId: 'm', answers: [{ isDuplicate: false }, { isDuplicate: true }] })
    expect(sent.attempts.map(({ answeredAt }) => answeredAt !== undefined)).toEqual([true, true])
  })

  it('that is refused may be tried again, and is not stored', () => {
    const refusal = { type: 9, client_msg_id: 'm', reason: 'UNAVAILABLE', retryable: true }
    expect(ledger.answered(ada, refusal)).toBeUndefined()
    expect(sent.attempts).toMatchObject([{ device: 'ada/1', isRefused: true }])
    expect(ledger.isOver('m')).toBe(false)
  })

  it('is sent again once its last sending is answered, or cut', () => {
    ledger.answered(ada, answer)
    leave()
    expect(ledger.isOver('m')).toBe(false)
    Object.assign(sent.attempts.at(-1) ?? {}, { isCut: true })
    expect(ledger.isOver('m')).toBe(true)
  })

  it.each([
    ['of somebody else', 2, 'm'],
    ['of nobody', ada, 'other'],
  ])('%s is answered: an offence', (_what, owner, client_msg_id) => {
    ledger.answered(owner, { ...answer, client_msg_id })
    expect(recording.offences).toHaveLength(1)
    expect(sent.answers).toEqual([])
  })
})

describe('a probe', () => {
  it.each([
    ['another text', true, groupTarget(2)],
    ['the user of the group’s id', false, userTarget(2)],
  ])('with %s is answered apart from the original', (_what, isText, to) => {
    ledger.answered(ada, answer)
    expect(ledger.isSettled('m')).toBe(true)
    const probe = ledger.probe(entryOf(sent), isText)
    expect(probe.content === sent.content).toBe(!isText)
    expect(ledger.isSettled('m')).toBe(false)
    ledger.answered(ada, { type: 9, client_msg_id: 'm', reason: 'CONFLICT', retryable: false })
    // A batch that comes again repeats the first answer to the original.
    ledger.answered(ada, answer)
    expect(recording.probes).toMatchObject([{ to, content: probe.content, answers: [{ reason: 'CONFLICT' }] }])
    expect(sent.answers).toHaveLength(2)
  })
})
