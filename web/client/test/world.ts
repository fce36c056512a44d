/**
 * A service in memory behind a network that misbehaves: it keeps the promises of the wire contract about what is stored, and
 * none about what arrives.
 *
 * Each decision takes the next of the given numbers; once they are used up, everything works.
 */
import type { Environment, Socket } from '../src/index.ts'

type Frame = Record<string, unknown>

type Action = 'edit' | 'recall' | 'react'

interface Change {
  seq: number
  action: Action
}

/** What has become of a message. */
interface State {
  edited: boolean
  recalled: boolean
  reactions: { emoji: string; user_ids: number[] }[]
  changed_seq: number
}

interface Stored {
  id: number
  seq: number
  from_user_id: number
  to_user_id: number
  content: string
  type: number
  media: number
  created_at: number
  reply_to?: number
  /** It tells of a change of another one. */
  change?: Change
  state?: State
}

interface Asked {
  target_id: number
  chat_type?: 3
  after_seq: number
}

export const me = 1

export class World {
  readonly stored = new Map<number, Stored[]>()
  readonly marks = new Map<number, number>()
  readonly session = { url: 'http://world', token: 'token', user_id: me, username: 'me', nickname: 'me' }
  readonly environment: Environment
  /** Opened by the client, and not closed by it. */
  readonly sockets = new Set<WorldSocket>()
  /** All that the client sent by sockets, and asked for. */
  readonly sent: Frame[] = []
  readonly calls: string[] = []
  /** Answers in place of the usual ones. */
  readonly answers = new Map<string, () => Response>()
  dials = 0
  /** It takes frames, and answers none. */
  isMute = false
  /** The answer to all messages but those that it has already. */
  refusal: Frame | undefined
  readonly #fates: number[]
  readonly #byClientId = new Map<string, Stored>()
  #ids = 0

  constructor(peers: readonly number[], fates: readonly number[] = []) {
    this.#fates = [...fates]
    for (const peer of peers) this.stored.set(peer, [])
    const world = this
    this.environment = {
      fetch: ((url: string, init: RequestInit) => this.#fetch(url, init)) as typeof fetch,
      WebSocket: class extends WorldSocket {
        constructor(url: string) {
          super(world, url)
        }
      },
      random: () => (this.#fates.at(0) ?? 500) / 1_000,
      setTimeout: (act, ms) => setTimeout(act, ms),
      clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
    }
  }

  /** One of so many ways; 0 is the good one. */
  fate(ways: number): number {
    const drawn = this.#fates.shift()
    // Most of the time all is well: else nothing would ever get through.
    return drawn === undefined || drawn % 3 !== 0 ? 0 : Math.floor(drawn / 3) % ways
  }

  /** The network works from now on. */
  calm(): void {
    this.#fates.length = 0
  }

  /** Somebody writes: a peer, or the owner by another device. */
  say(peer: number, from: number, content: string): void {
    const row = this.#store(peer, from, content)
    for (const socket of this.sockets) socket.push(pushOf(row))
  }

  /** Somebody changes a message, which is there and not recalled. */
  change(peer: number, from: number, change: Change, content = ''): void {
    const row = this.#change(peer, from, change, content)
    for (const socket of this.sockets) socket.push(pushOf(this.#shown(peer, row)))
  }

  /** Messages from others after the owner's mark. */
  unreadOf(peer: number): number {
    const mark = this.marks.get(peer) ?? 0
    return (this.stored.get(peer) ?? []).filter(
      ({ seq, from_user_id, change }) => from_user_id !== me && seq > mark && !change,
    ).length
  }

  /** What the owner has heard of by a socket. */
  receive(socket: WorldSocket, frame: Frame): void {
    this.sent.push(frame)
    if (this.isMute) return
    if (frame.type === 0) socket.pong(frame.ping)
    else if (frame.type === 2 || frame.type === 11) this.#receiveMessage(socket, frame)
    else if (frame.type === 6) this.#mark(Number(frame.target_id), Number(frame.seq))
  }

  /** It only moves forward. */
  #mark(peer: number, seq: number): void {
    this.marks.set(peer, Math.max(this.marks.get(peer) ?? 0, seq))
  }

  #receiveMessage(socket: WorldSocket, frame: Frame): void {
    const { client_msg_id } = frame
    const known = this.#byClientId.get(String(client_msg_id))
    if (this.refusal && !known) {
      socket.push({ type: 9, client_msg_id, ...this.refusal })
      return
    }
    const fate = this.fate(4)
    // The outcome is unknown: it is stored but in the first of these cases.
    const refusal = { type: 9, client_msg_id, code: 503, reason: 'UNAVAILABLE', msg: 'later', retryable: true }
    const row = known ?? (fate === 1 ? undefined : this.#take(frame))
    if (row) this.#byClientId.set(String(client_msg_id), row)
    if (!row) socket.push(refusal)
    else if (fate === 2) socket.push({ ...refusal, retry_after_ms: 700 })
    else if (fate === 3) socket.push({ message: 'Internal server error', connectionId: 'x', requestId: 'y' })
    else socket.push(ackOf(row, client_msg_id, known !== undefined))
  }

  #take(frame: Frame): Stored {
    const { target_id, content = '', type } = frame
    if (type === 11) return this.#change(Number(target_id), me, frame as unknown as Change, String(content))
    return this.#store(Number(target_id), me, String(content), frame)
  }

  /** Stores a message that tells of it, and changes the one that it is about. */
  #change(peer: number, from: number, { seq, action }: Change, content: string): Stored {
    const row = this.#store(peer, from, `somebody: ${action}`, { change: { seq, action } })
    const target = this.stored.get(peer)?.[seq - 1]
    if (!target) throw new Error(`There is no message ${seq}.`)
    const { reactions, ...before } = target.state ?? { edited: false, recalled: false, reactions: [] }
    const others = reactions.flatMap(({ emoji, user_ids }) => {
      const rest = user_ids.filter((id) => id !== from)
      return rest.length > 0 ? [{ emoji, user_ids: rest }] : []
    })
    const same = others.find(({ emoji }) => emoji === content)
    if (action === 'react' && same) same.user_ids.push(from)
    else if (action === 'react' && content) others.push({ emoji: content, user_ids: [from] })
    else if (action === 'edit') target.content = content
    else if (action === 'recall') target.content = `recalled ${seq}`
    target.state = {
      edited: before.edited || action === 'edit',
      recalled: before.recalled || action === 'recall',
      reactions: action === 'react' ? others : action === 'recall' ? [] : reactions,
      changed_seq: row.seq,
    }
    return row
  }

  /** As the service shows it now: what tells of a change says what has become of the other message. */
  #shown(peer: number, row: Stored): object {
    const target = row.change && this.stored.get(peer)?.[row.change.seq - 1]
    if (!target) return row
    const { content, media, state } = target
    return { ...row, change: { ...row.change, message: { content, media, ...state } } }
  }

  #store(peer: number, from: number, content: string, { reply_to, change }: Partial<Stored> = {}): Stored {
    const rows = this.stored.get(peer) ?? []
    this.#ids += 1
    const to = from === me ? peer : me
    // The clocks of the service are nothing to order by.
    const created_at = 1_700_000_000_000 + ((this.#ids * 7_919) % 1_000) * (this.#ids % 2 ? 1_000 : -1_000)
    const row = { id: this.#ids, seq: rows.length + 1, from_user_id: from, to_user_id: to, content, type: 2, media: 1 }
    const stored = { ...row, created_at, ...(reply_to && { reply_to }), ...(change && { change }) }
    rows.push(stored)
    this.stored.set(peer, rows)
    return stored
  }

  async #fetch(url: string, { signal, body }: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url)
    this.calls.push(pathname)
    const fate = this.fate(6)
    if (fate === 1)
      return await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error())))
    if (fate === 2) throw new TypeError('fetch failed')
    if (fate === 3) return reply({ code: 503, msg: 'down', reason: 'UNAVAILABLE' }, 503, { 'retry-after': '1' })
    if (fate === 4) return new Response('<html>', { status: 502 })
    const answer =
      this.answers.get(pathname)?.() ?? this.#answer(pathname, searchParams, JSON.parse(String(body ?? '{}')))
    // It says what was true when it was asked.
    if (fate === 5) await new Promise((resolve) => setTimeout(resolve, 3_000))
    return answer
  }

  #answer(path: string, query: URLSearchParams, body: Frame): Response {
    if (path === '/api/ws/ticket') return ok({ ticket: 'a ticket', expires_in: 30 })
    if (path === '/api/friend/list') return this.#list(Number(query.get('cursor') ?? 0))
    if (path === '/api/group/my-groups') return ok([])
    if (path === '/api/chat/sync') return this.#sync(body.conversations as Asked[])
    if (path === '/api/chat/history') return this.#history(query)
    if (path === '/api/chat/search') return this.#search(query)
    return reply({ code: 404, msg: path, reason: 'ROUTE_NOT_FOUND' }, 404)
  }

  /** One friend a page. */
  #list(cursor: number): Response {
    const peers = [...this.stored.entries()]
    const page = peers.slice(cursor, cursor + 1).map(([id, rows]) => ({
      ...{ id, username: `peer ${id}`, nickname: '', avatar: '', desc: '', online: false, peer_read_seq: 0 },
      ...{ last_seq: rows.length, read_seq: this.marks.get(id) ?? 0, unread_count: this.unreadOf(id) },
      ...{ last_message_time: rows.at(-1)?.created_at ?? 0, content: rows.at(-1)?.content ?? '' },
    }))
    const link = `</api/friend/list?cursor=${cursor + 1}>; rel="next"`
    return ok(page, cursor + 1 < peers.length ? { link } : {})
  }

  #sync(asked: readonly Asked[]): Response {
    const limit = [100, 1, 2][this.fate(3)]
    return ok(
      asked.map(({ target_id, chat_type, after_seq }) => {
        if (chat_type)
          return { target_id, chat_type, messages: [], last_seq: 1, read_seq: 0, peer_read_seq: 0, has_more: false }
        const rows = this.stored.get(target_id) ?? []
        const rest = rows.filter(({ seq }) => seq > after_seq)
        const messages = rest.slice(0, limit).map((row) => this.#shown(target_id, row))
        const read_seq = this.marks.get(target_id) ?? 0
        const has_more = messages.length < rest.length
        return { target_id, messages, last_seq: rows.length, read_seq, peer_read_seq: 0, has_more }
      }),
    )
  }

  #history(query: URLSearchParams): Response {
    const before = Number(query.get('before_seq') ?? Number.MAX_SAFE_INTEGER)
    const after = query.get('after_seq')
    const limit = Number(query.get('limit'))
    const peer = Number(query.get('target_id'))
    const rows = this.stored.get(peer) ?? []
    const page =
      after === null
        ? rows.filter(({ seq }) => seq < before).slice(-limit)
        : rows.filter(({ seq }) => seq > Number(after)).slice(0, limit)
    return ok(page.map((row) => this.#shown(peer, row)))
  }

  /** Looks at two messages a page. */
  #search(query: URLSearchParams): Response {
    const [target, from] = [query.get('target_id'), Number(query.get('cursor') ?? 0)]
    const all = [...this.stored].flatMap(([peer, rows]) =>
      target === null || peer === Number(target) ? [...rows].reverse() : [],
    )
    query.set('cursor', String(from + 2))
    const link = `</api/chat/search?${query}>; rel="next"`
    const found = all.slice(from, from + 2).filter(({ content }) => content.includes(query.get('q') ?? ''))
    return ok(found, from + 2 < all.length ? { link } : {})
  }
}

export class WorldSocket implements Socket {
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  onerror: Socket['onerror'] = null
  readonly url: string
  readonly #world: World
  #state: 'opening' | 'open' | 'dead' | 'closed' = 'opening'
  /** Pushes do not come through. */
  isDeaf = false
  #hasMissed = false
  #batch: Frame[] = []

  constructor(world: World, url: string) {
    this.#world = world
    this.url = url
    world.dials += 1
    const fate = world.fate(4)
    // It never opens, and never says so.
    if (fate === 1) return
    setTimeout(() => {
      if (fate === 2) this.cut()
      if (this.#state !== 'opening') return
      this.#state = 'open'
      world.sockets.add(this)
      this.onopen?.({} as never)
      if (fate === 3) this.cut()
    }, 5)
  }

  send(text: string): void {
    if (this.#state === 'opening') throw new Error('InvalidStateError')
    if (this.#state !== 'open') return
    const frame = JSON.parse(text)
    const arrive = () => {
      if (this.#state === 'open') this.#world.receive(this, frame)
    }
    const fate = this.#world.fate(7)
    if (fate === 1) {
      // Nobody waits for an answer to the rest: what fails is told.
      if (frame.type !== 0 && frame.type !== 2) this.push({ message: 'Internal server error', connectionId: 'x' })
      return
    }
    if (fate === 2) {
      this.cut()
      return
    }
    if (fate === 3) this.die()
    if (fate === 4) setTimeout(arrive, 12_000)
    if (fate === 5) setTimeout(arrive, 20)
    setTimeout(arrive, fate === 6 ? 400 : 2)
  }

  close(): void {
    if (this.#state !== 'open') this.#world.sockets.delete(this)
    this.cut()
  }

  /** The answer to a heartbeat, with word of pushes that were missed. */
  pong(ping: unknown): void {
    const frames: Frame[] = [{ type: 0, pong: ping, server_time: 5 }]
    if (this.#hasMissed) frames.unshift({ type: 8, event: 'resync' })
    const fate = this.#world.fate(3)
    if (fate === 1) return
    if (fate !== 2) this.#hasMissed = false
    this.deliver(fate === 2 ? { type: 10, reason: 'CONNECTION_OLD', reconnect_after_ms: 300 } : frames)
  }

  /** A frame for the client. What becomes of it is open. */
  push(frame: Frame): void {
    if (this.isDeaf) return
    const fate = this.#world.fate(9)
    const later = (ms: number, what: unknown = frame) => setTimeout(() => this.deliver(what), ms)
    if (fate === 1) this.#hasMissed = true
    else if (fate === 2) this.cut()
    else if (fate === 3) this.die()
    else if (fate === 4) later(900)
    else if (fate === 5) this.#batch.push(frame)
    else if (fate === 6) later(2, [{ type: 99 }, frame, null, frame])
    else if (fate === 7) later(2, 'no JSON at all {')
    else if (fate === 8) later(2, { type: 10, reason: 'SHUTDOWN', reconnect_after_ms: 1_500 })
    else later(3, this.#batch.length > 0 ? [frame, ...this.#batch.splice(0).reverse()] : frame)
    if (fate === 5 || fate === 7) this.#hasMissed = true
    if (fate === 6) later(2_500)
  }

  deliver(what: unknown): void {
    if (this.#state !== 'open') return
    this.onmessage?.({ data: typeof what === 'string' ? what : JSON.stringify(what) } as never)
  }

  /** It is half open: nothing comes through, and nobody is told. */
  die(): void {
    this.#state = 'dead'
  }

  cut(): void {
    if (this.#state === 'closed') return
    // A half-open connection tells nobody.
    const isTold = this.#state !== 'dead'
    this.#state = 'closed'
    this.#world.sockets.delete(this)
    if (isTold) setTimeout(() => this.onclose?.({} as never), 1)
  }
}

const pushOf = (row: object): Frame => {
  const { to_user_id, from_user_id, ...rest } = row as Stored
  return { ...rest, from_id: from_user_id, from_user_id, target_id: to_user_id, send_time: 5 }
}

const ackOf = ({ id, seq, to_user_id, created_at }: Stored, client_msg_id: unknown, duplicate: boolean): Frame => ({
  type: 5,
  client_msg_id,
  id,
  seq,
  target_id: to_user_id,
  send_time: 5,
  created_at,
  duplicate,
})

const ok = (data: unknown, headers: Record<string, string> = {}): Response =>
  reply({ code: 0, msg: 'ok', data }, 200, headers)

export const reply = (body: unknown, status: number, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers })
