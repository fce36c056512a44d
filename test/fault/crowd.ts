/**
 * A group that people join and leave, and are removed from and muted in, while they talk there, and change what they have said: who
 * belongs to it changes in the order of what is said. Its people are no others' friends; what becomes of them is judged by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type Person, signUp } from '../../infra/client/people.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { changed } from '../../web/client/src/changes.ts'
import { Chat, type ChatError, type Entry, type Message, type Target } from '../../web/client/src/index.ts'
import { fillIn } from '../support/written-group.ts'
import { checkCrowd } from './check-crowd.ts'
import type { CrowdLog, CrowdPage, CrowdPerson } from './crowd-log.ts'
import { type Finding, found } from './finding.ts'
import { listOf, numberOf } from './frame.ts'
import { ask } from './http.ts'
import { KeptOutbox } from './outbox.ts'
import type { Random } from './random.ts'
import { readGroup } from './stored.ts'
import { until } from './until.ts'

export interface Crowd {
  begin(): void
  /** Nobody comes, goes or begins to say anything more. */
  rest(): void
  /** Edits, recalls and reactions that were acknowledged. */
  changes(): number
  /** What was found in the end: waits until everything is answered, and whoever belongs to the group has all of it. */
  findings(timeoutMs: number): Promise<Finding[]>
  stop(): void
}

interface CrowdOptions {
  base: () => string
  mysqlUrl: string
  random: Random
  /** A prefix that makes the contents unique to this run. */
  label: string
}

const size = 5
const silentMembers = 500
const tickMs = 40
// The library's patience is that of people.
const pace = 2.5
const completeWithinMs = 20_000
// What may be said to somebody who has just been removed or muted.
const expected = ['NOT_MEMBER', 'MUTED', 'CLOSED']
// What is changed may be gone by then, or be of an earlier stay.
const expectedOfChanges = [...expected, 'MESSAGE_RECALLED', 'MESSAGE_NOT_FOUND']
const emojis = ['👍', '🍵', '🎉', '']

export async function createCrowd({ base, mysqlUrl, random, label }: CrowdOptions): Promise<Crowd> {
  const people = await inParallel([...Array(size).keys()], 4, () => signUp(base(), 'crowd'))
  const [owner] = people
  if (!owner) throw new Error('nobody is there')
  const created = await ask(base(), 'POST', '/api/group/create', owner.token, { name: 'A crowd' })
  const group = numberOf(created?.data, 'id')
  await ask(base(), 'POST', '/api/group/settings', owner.token, { group_id: group, join_policy: 2 })
  // What is said in a group of more than 500 goes by a topic of its own.
  if (random.chance(0.5)) await fillIn(mysqlUrl, { id: group }, silentMembers)
  const log: CrowdLog = {
    group,
    people: people.map((one) => logOf(one)),
    acknowledged: [],
    asked: new Map(),
    refused: new Set(),
    offences: [],
  }
  const members = people.map((person, index) => new Member(person, log.people[index] as CrowdPerson, base, log))
  let isBegun = false
  for (const member of members)
    member.onRefused = (reason) => {
      // At once, so that what is delivered again finds them inside.
      if (isBegun && reason === 'NOT_MEMBER') member.act(() => change(member))
    }
  let count = 0

  const change = async (member: Member): Promise<void> => {
    const { id, token } = member.person
    const byOwner = (route: string, more = {}) =>
      ask(base(), 'POST', `/api/group/${route}`, owner.token, { group_id: group, user_id: id, ...more })
    const own = (route: string) => ask(base(), 'POST', `/api/group/${route}`, token, { group_id: group })
    if (!member.isInside) await own('join')
    else if (random.chance(0.4)) await byOwner('mute', { muted: random.chance(0.5) })
    else if (random.chance(0.5)) await own('quit')
    else await byOwner('kick')
    const list = await ask(base(), 'GET', '/api/group/my-groups', token)
    if (list?.code === 0) member.isInside = listOf(list.data).some((row) => numberOf(row, 'id') === group)
  }

  const ticks = setInterval(() => {
    if (!isBegun) return
    const member = random.pick(members)
    if (member && random.chance(0.3)) member.say(`${label}-crowd-${++count}`)
    else if (member && random.chance(0.4)) member.change(random, `${label}-crowd-${++count}`)
    const comer = random.pick(members.slice(1))
    if (comer && random.chance(0.1)) comer.act(() => change(comer))
  }, tickMs)
  for (const member of members) member.start()
  return {
    begin() {
      isBegun = true
    },
    rest() {
      isBegun = false
    },
    changes: () => members.reduce((sum, { changes }) => sum + changes, 0),
    async findings(timeoutMs) {
      const isQuiet = await until(() => members.every(({ isBusy }) => !isBusy), timeoutMs)
      if (!isQuiet) return [found('never answered', 'somebody of the crowd waits for an answer')]
      for (const deadline = Date.now() + completeWithinMs; ; await sleep(300)) {
        const findings = checkCrowd(log, await readGroup(mysqlUrl, group), await pagesOf(base(), group, people))
        const isOver = findings.every(({ kind }) => kind !== 'missed in silence') || Date.now() > deadline
        if (isOver) return findings
      }
    },
    stop() {
      clearInterval(ticks)
      for (const member of members) member.stop()
    },
  }
}

const logOf = ({ id, name }: Person): CrowdPerson => ({ id, name, given: [], shown: new Map() })

/** What each may read of the group in the end. */
async function pagesOf(base: string, group: number, people: readonly Person[]): Promise<Map<number, CrowdPage>> {
  const pages = await inParallel(people, 3, async ({ id, token }) => {
    const page: CrowdPage[number][] = []
    for (let after = 0; ; ) {
      const path = `/api/chat/history?target_id=${group}&chat_type=3&limit=200&after_seq=${after}`
      const rows = listOf((await ask(base, 'GET', path, token))?.data)
      page.push(...(rows as unknown as CrowdPage[number][]))
      if (rows.length === 0) return [id, page] as const
      after = page.at(-1)?.seq ?? after
    }
  })
  return new Map(pages)
}

class Member {
  readonly person: Person
  isInside = false
  onRefused: (reason: string) => void = () => {}
  /** Changes that were acknowledged. */
  changes = 0
  readonly #log: CrowdPerson
  readonly #all: CrowdLog
  readonly #chat: Chat
  #open = 0
  /** The `client_msg_id` of what waits for its answer. */
  #asked = ''
  #isActing = false

  constructor(person: Person, log: CrowdPerson, base: () => string, all: CrowdLog) {
    this.person = person
    this.#log = log
    this.#all = all
    const { id, name, token } = person
    this.#chat = new Chat({
      session: { url: base(), token, user_id: id, username: name, nickname: name },
      heartbeat: 30,
      outbox: new KeptOutbox((entry) => this.#kept(entry)),
      environment: { WebSocket, setTimeout: (act, ms) => setTimeout(act, ms / pace) },
    })
    this.#chat.on('message', (message) => this.#given(message))
    this.#chat.on('ended', ({ reason }) => this.#offend(`was told that its session is over: ${reason}`))
  }

  get isBusy(): boolean {
    return this.#open > 0 || this.#isActing
  }

  start(): void {
    this.#chat.connect()
  }

  stop(): void {
    this.#chat.close()
  }

  /** One message at a time, wherever it belongs. */
  say(content: string): void {
    const { id: from } = this.person
    this.#post(expected, async (group) => {
      const { id, seq } = await this.#chat.send(group, content)
      this.#all.acknowledged.push({ from, content, id, seq })
    })
  }

  /** Changes a message that its application shows: one of its own, or what its member feels about any. */
  change(random: Random, text: string): void {
    const { id: from } = this.person
    const shown = [...this.#log.shown.values()].filter(
      ({ from_id, change, state }) => from_id > 0 && !change && !state?.recalled,
    )
    const own = random.pick(shown.filter(({ from_id }) => from_id === from).slice(-20))
    const any = random.pick(shown.slice(-20))
    const action = random.pick(['edit', 'edit', 'recall', 'react', 'react', 'react'])
    const emoji = random.pick(emojis)
    const target = action === 'react' ? any : own
    if (!target) return
    this.#post(expectedOfChanges, async (group) => {
      const { id, seq } = await (action === 'edit'
        ? this.#chat.edit(group, target.seq, text)
        : action === 'recall'
          ? this.#chat.recall(group, target.seq)
          : this.#chat.react(group, target.seq, emoji))
      this.#all.acknowledged.push({ from, content: text, id, seq })
      this.changes += 1
    })
  }

  #post(expected: readonly string[], work: (group: Target) => Promise<void>): void {
    if (this.#open > 0) return
    this.#open += 1
    work({ target_id: this.#all.group, chat_type: 3 })
      .catch(({ reason }: ChatError) => {
        if (reason !== 'CLOSED') this.#all.refused.add(this.#asked)
        this.onRefused(reason)
        if (!expected.includes(reason)) this.#offend(`was refused with ${reason}`)
      })
      .finally(() => {
        this.#open -= 1
      })
  }

  #kept({ client_msg_id, change, content }: Entry): void {
    this.#asked = client_msg_id
    this.#all.asked.set(client_msg_id, { from: this.person.id, content, ...(change && { change }) })
  }

  act(work: () => Promise<void>): void {
    if (this.#isActing) return
    this.#isActing = true
    void work().finally(() => {
      this.#isActing = false
    })
  }

  #given(message: Message): void {
    const { chat_type, target_id, seq, content, change } = message
    if (chat_type !== 3 || target_id !== this.#all.group) return
    const { given, shown } = this.#log
    given.push({ seq, content })
    shown.set(seq, message)
    const target = change && shown.get(change.seq)
    if (target) shown.set(target.seq, changed(target, message))
  }

  #offend(what: string): void {
    this.#all.offences.push(`${this.person.name} ${what}`)
  }
}
