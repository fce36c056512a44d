/** One person's chat, by the names of friends. */
import { Chat, type Friend, login, type Message, register, type Session, type Target } from '../client/src/index.ts'

export interface Request {
  id: number
  sender_id: number
  sender_name: string
  remark: string
}

interface Found {
  id: number
  username: string
}

export class Talk {
  readonly session: Session
  readonly chat: Chat
  readonly #friends = new Map<number, Friend>()
  readonly #strangers = new Map<number, string>()

  constructor(session: Session) {
    this.session = session
    this.chat = new Chat({ session })
    this.chat.on('presence', ({ user_id, online }) => {
      const friend = this.#friends.get(user_id)
      if (friend) friend.online = online
    })
  }

  /** @throws ChatError */
  static async open(url: string, username: string, password: string, isNew: boolean): Promise<Talk> {
    if (isNew) await register(url, username, password)
    return new Talk(await login(url, username, password))
  }

  /** Reads the list of friends. @throws ChatError */
  async refresh(): Promise<Friend[]> {
    const friends: Friend[] = []
    for await (const friend of this.chat.friends()) friends.push(friend)
    this.#friends.clear()
    for (const friend of friends) this.#friends.set(friend.id, friend)
    return friends
  }

  get friends(): Friend[] {
    return [...this.#friends.values()]
  }

  /** The friend of that username, or of the name that its owner gave. */
  async friendNamed(name: string): Promise<Friend | undefined> {
    return this.#known(name) ?? (await this.refresh().then(() => this.#known(name)))
  }

  nameOf(id: number): string {
    if (id === this.session.user_id) return this.session.username
    const friend = this.#friends.get(id)
    return friend ? friend.desc || friend.username : (this.#strangers.get(id) ?? `user ${id}`)
  }

  /** Whom a target names. */
  nameOfTarget({ target_id, chat_type }: Target): string {
    return chat_type === 3 ? `group ${target_id}` : this.nameOf(target_id)
  }

  /** The last messages with somebody, or those before `before_seq`, in order. @throws ChatError */
  async page(
    target: Target,
    limit: number,
    { before_seq }: { before_seq?: number | undefined } = {},
  ): Promise<Message[]> {
    const messages: Message[] = []
    const options = { limit: Math.min(limit, 100), ...(before_seq !== undefined && { before_seq }) }
    for await (const page of this.chat.history(target, options)) {
      messages.unshift(...page)
      if (messages.length >= limit) break
    }
    return messages.slice(-limit)
  }

  /** Asks for friendship. @throws ChatError */
  async ask(username: string, remark: string): Promise<void> {
    const found = await this.chat.call<Found>('GET', `/api/user/search?${new URLSearchParams({ username })}`)
    this.#strangers.set(found.id, found.username)
    await this.chat.call('POST', '/api/friend/request', { target_id: found.id, remark })
  }

  /** Those that wait. @throws ChatError */
  async requests(): Promise<Request[]> {
    const requests = await this.chat.call<Request[]>('GET', '/api/friend/requests')
    for (const { sender_id, sender_name } of requests) this.#strangers.set(sender_id, sender_name)
    return requests
  }

  /** @returns whether there was a request of that name. @throws ChatError */
  async answer(username: string, accepts: boolean): Promise<boolean> {
    const request = (await this.requests()).find(({ sender_name }) => isSame(sender_name, username))
    if (!request) return false
    await this.chat.call('POST', '/api/friend/handle', { request_id: request.id, action: accepts ? 1 : 2 })
    return true
  }

  #known(name: string): Friend | undefined {
    const { friends } = this
    return friends.find(({ username }) => isSame(username, name)) ?? friends.find(({ desc }) => isSame(desc, name))
  }
}

const isSame = (one: string, other: string): boolean =>
  one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase()
