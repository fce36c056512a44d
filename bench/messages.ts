/** Messages at a steady rate between pairs (open loop): how long each takes, and whether all arrive, once, in order. */
import { befriend, call, connect, inParallel, type Person, signUp } from './client.ts'
import { percentiles } from './figures.ts'

export interface Workload {
  base: string
  pairs: number
  messages: number
  perSecond: number
  /** Ask for arrays of frames. */
  batch: boolean
}

interface Pair {
  people: [Person, Person]
  sockets: { send(text: string): void; close(): void }[]
  /** What each side has received, in order of arrival. */
  received: { seq: number; content: string }[][]
}

/** Runs the workload and counts. */
export async function measureMessages({ base, pairs: count, messages, perSecond, batch }: Workload) {
  const latencies: number[] = []
  const sentAt = new Map<string, number>()
  const pairs = await inParallel([...Array(count).keys()], 4, () => makePair(base, batch, arrived))

  function arrived(content: string): void {
    const at = sentAt.get(content)
    if (at !== undefined) latencies.push(performance.now() - at)
  }

  // One unmeasured message each way opens what is opened at first use.
  await say(pairs, pairs.length * 2, perSecond, 'warm')
  await until(() => total(pairs) === count * 2)
  latencies.length = 0
  const sent = await say(pairs, messages, perSecond, 'm')
  await until(() => total(pairs) >= count * 2 + messages)
  await new Promise((resolve) => setTimeout(resolve, 500))

  const findings = await check(base, pairs, sent)
  for (const { sockets } of pairs) for (const socket of sockets) socket.close()
  return { pairs: count, messages, perSecond, batch, ...percentiles(latencies), ...findings }

  async function say(among: Pair[], many: number, rate: number, label: string): Promise<Map<Pair, string[][]>> {
    const sent = new Map(among.map((pair) => [pair, [[], []] as string[][]]))
    const start = performance.now()
    for (let index = 0; index < many; index++) {
      const due = start + (index * 1000) / rate
      const wait = due - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      const pair = among[index % among.length] as Pair
      const side = Math.floor(index / among.length) % 2
      const content = `${label}-${index}`
      sentAt.set(content, performance.now())
      const target_id = pair.people[1 - side]?.id
      pair.sockets[side]?.send(JSON.stringify({ type: 2, target_id, content, media: 1 }))
      sent.get(pair)?.[side]?.push(content)
    }
    return sent
  }
}

async function makePair(base: string, batch: boolean, arrived: (content: string) => void): Promise<Pair> {
  const people: [Person, Person] = [await signUp(base, 'ada'), await signUp(base, 'bob')]
  await befriend(base, ...people)
  const received: Pair['received'] = [[], []]
  const listen = (side: number) => (frame: Record<string, unknown>) => {
    if (frame.type !== 2) return
    arrived(String(frame.content))
    received[side]?.push({ seq: Number(frame.seq), content: String(frame.content) })
  }
  const sockets = await Promise.all(
    people.map((person, side) => connect(base, person, batch ? '&frames=batch' : '', listen(side))),
  )
  return { people, sockets, received }
}

const total = (pairs: readonly Pair[]): number =>
  pairs.reduce((sum, { received }) => sum + received.reduce((side, { length }) => side + length, 0), 0)

async function until(isDone: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!isDone() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5))
}

// Each side must have got what the other sent, once, in the order of sending, with growing numbers; the history agrees.
async function check(base: string, pairs: readonly Pair[], sent: Map<Pair, string[][]>) {
  const findings = { lost: 0, doubled: 0, disordered: 0, notStored: 0 }
  for (const pair of pairs) {
    const history = await call<{ content: string }[]>(
      base,
      'GET',
      `/api/chat/history?target_id=${pair.people[1].id}`,
      pair.people[0].token,
    )
    const stored = new Set(history.map(({ content }) => content))
    for (const side of [0, 1]) {
      const expected = sent.get(pair)?.[1 - side] ?? []
      const arrivals = pair.received[side]?.filter(({ content }) => content.startsWith('m-')) ?? []
      const contents = arrivals.map(({ content }) => content)
      findings.lost += expected.filter((content) => !contents.includes(content)).length
      findings.doubled += contents.length - new Set(contents).size
      findings.disordered += contents.filter((content, index) => content !== expected[index]).length
      findings.disordered += arrivals.filter(({ seq }, index) => seq <= (arrivals[index - 1]?.seq ?? 0)).length
      findings.notStored += expected.slice(-40).filter((content) => !stored.has(content)).length
    }
  }
  return findings
}
