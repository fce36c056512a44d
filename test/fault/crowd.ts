/**
 * A group that people join and leave, and are removed from and muted in, while they talk there: who belongs to it changes in the
 * order of what is said. Its people are no others' friends; what becomes of them is judged by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { type Person, signUp } from '../../infra/client/people.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { Chat, type ChatError, type Message } from '../../web/client/src/index.ts'
import { type CrowdLog, type CrowdPerson, checkCrowd } from './check-crowd.ts'
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
const tickMs = 40
// The library's patience is that of people.
const pace = 2.5
const completeWithinMs = 20_000
// What may be said to somebody who has just been removed or muted.
const expected = ['NOT_MEMBER', 'MUTED', 'CLOSED']

export async function createCrowd({ base, mysqlUrl, random, label }: CrowdOptions): Promise<Crowd> {
  const people = await inParallel([...Array(size).keys()], 4, () => signUp(base(), 'crowd'))
  const [owner] = people
  if (!owner) throw new Error('nobody is there')
  const created = await ask(base(), 'POST', '/api/group/create', owner.token, { name: 'A crowd' })
  const group = numberOf(created?.data, 'id')
  await ask(base(), 'POST', '/api/group/settings', owner.token, { group_id: group, join_policy: 2 })
  const log: CrowdLog = { group, people: people.map((one) => logOf(one)), acknowledged: [], offences: [] }
  const members = people.map((person, index) => new Member(person, log.people[index] as CrowdPerson, base, log))
  let isBegun = false
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

const logOf = ({ id, name }: Person): CrowdPerson => ({ id, name, given: [] })

/** What each may read of the group in the end. */
async function pagesOf(base: string, group: number, people: readonly Person[]): Promise<Map<number, number[]>> {
  const pages = await inParallel(people, 3, async ({ id, token }) => {
    const seqs: number[] = []
    for (let after = 0; ; ) {
      const path = `/api/chat/history?target_id=${group}&chat_type=3&limit=200&after_seq=${after}`
      const rows = listOf((await ask(base, 'GET', path, token))?.data)
      seqs.push(...rows.map((row) => numberOf(row, 'seq')))
      if (rows.length === 0) return [id, seqs] as const
      after = seqs.at(-1) ?? after
    }
  })
  return new Map(pages)
}

class Member {
  readonly person: Person
  isInside = false
  readonly #log: CrowdPerson
  readonly #all: CrowdLog
  readonly #chat: Chat
  #open = 0
  #isActing = false

  constructor(person: Person, log: CrowdPerson, base: () => string, all: CrowdLog) {
    this.person = person
    this.#log = log
    this.#all = all
    const { id, name, token } = person
    this.#chat = new Chat({
      session: { url: base(), token, user_id: id, username: name, nickname: name },
      heartbeat: 30,
      outbox: new KeptOutbox(() => {}),
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
    if (this.#open > 0) return
    this.#open += 1
    const { id: from } = this.person
    this.#chat
      .send({ target_id: this.#all.group, chat_type: 3 }, content)
      .then(
        ({ id, seq }) => void this.#all.acknowledged.push({ from, content, id, seq }),
        ({ reason }: ChatError) => {
          if (!expected.includes(reason)) this.#offend(`was refused with ${reason}`)
        },
      )
      .finally(() => {
        this.#open -= 1
      })
  }

  act(work: () => Promise<void>): void {
    if (this.#isActing) return
    this.#isActing = true
    void work().finally(() => {
      this.#isActing = false
    })
  }

  #given({ chat_type, target_id, seq, content }: Message): void {
    if (chat_type === 3 && target_id === this.#all.group) this.#log.given.push({ seq, content })
  }

  #offend(what: string): void {
    this.#all.offences.push(`${this.person.name} ${what}`)
  }
}
