/** The chat of a person: what comes is printed above the line that is being typed. */
import { createInterface, type Interface } from 'node:readline'
import { styleText } from 'node:util'
import { ChatError, type Friend, type Message, type Target } from '../client/src/index.ts'
import { type Command, commands, help, type Screen } from './commands.ts'
import type { ChatOptions } from './options.ts'
import { printable } from './printable.ts'
import type { Talk } from './talk.ts'

const usualHistory = 20
// Only what takes longer is worth a word.
const slowMs = 1_000
const typingEveryMs = 3_000

const tones = ['cyan', 'yellow', 'green', 'magenta', 'blue'] as const

/** Talks until Ctrl-C, Ctrl-D or /quit. @returns the exit code. */
export async function runTerminal(talk: Talk, options: ChatOptions): Promise<number> {
  const terminal = new Terminal(talk, options)
  return await terminal.run()
}

class Terminal implements Screen {
  readonly talk: Talk
  readonly #options: ChatOptions
  readonly #lines: Interface
  #friend: Friend | undefined
  #oldestSeq: number | undefined
  #typedAt = 0
  #wasLost = false
  #reading = Promise.resolve()
  #exitCode = 0

  constructor(talk: Talk, options: ChatOptions) {
    this.talk = talk
    this.#options = options
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      completer: (text: string) => this.#complete(text),
    })
  }

  async run(): Promise<number> {
    const over = new Promise<void>((resolve) => this.#lines.once('close', resolve))
    this.#lines.on('SIGINT', () => this.#lines.close())
    this.#lines.on('line', (text) => void this.#enter(text))
    process.stdin.on('keypress', () => this.#typed())
    this.#listen()
    await this.greet()
    this.talk.chat.connect()
    this.#prompt()
    await over
    return this.#exitCode
  }

  /** Who is there, and the conversation that was asked for. */
  async greet(): Promise<void> {
    const friends = await this.talk.refresh()
    this.say(`Signed in as ${this.talk.session.username}. /help lists what can be done, Ctrl-C leaves.`)
    const waiting = await this.talk.requests()
    for (const { sender_name, remark } of waiting)
      this.say(`${sender_name} asks to be your friend${remark && `: ${printable(remark)}`}   /accept ${sender_name}`)
    const { to } = this.#options
    if (to) await this.open(to)
    else if (friends.length > 0) this.list(friends)
    else this.say('No friends yet: /add NAME asks somebody.')
  }

  list(friends: readonly Friend[]): void {
    for (const friend of friends) {
      const unread = friend.unread_count > 0 ? styleText('red', ` ${friend.unread_count} new`) : ''
      this.say(`${friend.online ? styleText('green', '●') : '○'} ${this.talk.nameOf(friend.id)}${unread}`)
    }
    this.say('/to NAME talks to one of them.')
  }

  /** Goes on with this friend. */
  async open(name: string): Promise<void> {
    const friend = await this.talk.friendNamed(name)
    if (!friend) return this.say(`${name} is no friend of yours: /add ${name} asks.`)
    this.#friend = friend
    this.#oldestSeq = undefined
    await this.older(this.#options.history ?? usualHistory)
    if (friend.last_seq > 0) this.talk.chat.read({ target_id: friend.id }, friend.last_seq)
  }

  /** Messages of before those that are shown. */
  async older(limit = usualHistory): Promise<void> {
    if (!this.#friend || limit === 0) return
    const before = this.#oldestSeq === undefined ? {} : { before_seq: this.#oldestSeq }
    const page = await this.talk.page({ target_id: this.#friend.id }, limit, before)
    if (page.length === 0) return this.say(styleText('dim', 'Nothing before this.'))
    this.#oldestSeq = page[0]?.seq
    for (const message of page) this.#show(message)
  }

  /** Prints a line above the one that is being typed. */
  say(line: string): void {
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
    console.log(line)
    this.#prompt()
  }

  leave(): void {
    this.#lines.close()
  }

  #listen(): void {
    const { chat } = this.talk
    chat.on('message', (message) => this.#receive(message))
    chat.on('typing', (typing) => {
      if (typing.typing && this.#isHere(typing))
        this.say(styleText('dim', `${this.talk.nameOf(typing.from_id)} types …`))
    })
    chat.on('lost', () => {
      this.#wasLost = true
      this.say(styleText('dim', 'The connection is lost. What you write is kept, and goes out when it is back.'))
    })
    chat.on('open', () => {
      if (this.#wasLost) this.say(styleText('dim', 'Connected again.'))
      this.#wasLost = false
      // What happened between the list and the connection was told to nobody.
      this.#readFriends()
    })
    chat.on('friend', ({ event, user_id }) => {
      if (event === 'friend_request') void this.#asked(user_id)
      else this.#readFriends()
    })
    chat.on('presence', ({ user_id, online }) => {
      if (user_id === this.#friend?.id)
        this.say(styleText('dim', `${this.talk.nameOf(user_id)} ${online ? 'is here' : 'has gone'}.`))
    })
    chat.on('ended', ({ reason }) => {
      this.#exitCode = 3
      this.say(`Signed out by the service: ${reason}`)
      this.leave()
    })
    chat.on('error', ({ message }) => this.say(styleText('red', message)))
  }

  async #asked(userId: number): Promise<void> {
    try {
      const request = (await this.talk.requests()).find(({ sender_id }) => sender_id === userId)
      const name = this.talk.nameOf(userId)
      if (request) this.say(`${name} asks to be your friend   /accept ${name}`)
    } catch (failure) {
      this.#failed(failure)
    }
  }

  /** Says who has become a friend since the list was read last, and who is none any more. One after another. */
  #readFriends(): void {
    const { talk } = this
    this.#reading = this.#reading.then(async () => {
      const before = new Map(talk.friends.map(({ id }) => [id, talk.nameOf(id)]))
      try {
        const friends = await talk.refresh()
        for (const name of friends.filter(({ id }) => !before.has(id)).map(({ id }) => talk.nameOf(id)))
          this.say(`${name} is your friend now   /to ${name}`)
        for (const { id } of friends) before.delete(id)
        for (const name of before.values()) this.say(`${name} is no friend of yours any more.`)
      } catch (failure) {
        this.#failed(failure)
      }
    })
  }

  #receive(message: Message): void {
    if (this.#isHere(message)) {
      this.#show(message)
      if (message.from_id !== this.talk.session.user_id) this.talk.chat.read(message, message.seq)
    } else if (message.from_id !== this.talk.session.user_id)
      this.say(styleText('dim', `(${this.talk.nameOfTarget(message)}) ${printable(message.content)}`))
  }

  #show({ from_id, content, created_at, seq, change }: Message): void {
    this.#oldestSeq ??= seq
    const time = new Date(created_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
    // What has become of another message is told in the words of the service.
    if (change) {
      this.say(styleText('dim', `${time} ${this.talk.nameOf(from_id)} ${printable(content)}`))
      return
    }
    const isMine = from_id === this.talk.session.user_id
    const name = styleText(isMine ? 'bold' : (tones[from_id % tones.length] ?? 'cyan'), this.talk.nameOf(from_id))
    this.say(`${styleText('dim', time)} ${name}: ${printable(content)}`)
  }

  async #enter(text: string): Promise<void> {
    // What was typed comes again as a message, with its time, when it is stored.
    if (process.stdout.isTTY) process.stdout.write('\u001b[A\r\u001b[K')
    const [word = '', ...rest] = text.trim().split(/\s+/)
    try {
      const command: Command | undefined = word.startsWith('/') ? commands[word.slice(1)] : undefined
      if (command) await command.act(this, rest)
      else if (word.startsWith('/')) this.say(`There is no ${word}.\n${help}`)
      else if (word) await this.#send(text)
    } catch (failure) {
      this.#failed(failure)
    }
    this.#prompt()
  }

  async #send(content: string): Promise<void> {
    if (!this.#friend) return this.say('To whom? /to NAME chooses a friend.')
    const slow = setTimeout(() => this.say(styleText('dim', `sending: ${printable(content)}`)), slowMs)
    try {
      await this.talk.chat.send({ target_id: this.#friend.id }, content)
    } finally {
      clearTimeout(slow)
    }
  }

  #failed(failure: unknown): void {
    const text = failure instanceof ChatError ? failure.message : String(failure)
    this.say(styleText('red', text))
  }

  #typed(): void {
    if (!this.#friend || this.#lines.line.startsWith('/') || this.#lines.line === '') return
    if (Date.now() - this.#typedAt < typingEveryMs) return
    this.#typedAt = Date.now()
    this.talk.chat.typing({ target_id: this.#friend.id }, true)
  }

  #isHere({ target_id, chat_type = 2 }: Target): boolean {
    return chat_type === 2 && target_id === this.#friend?.id
  }

  #complete(text: string): [string[], string] {
    const names = this.talk.friends.map(({ id }) => `/to ${this.talk.nameOf(id)}`)
    const all = [...Object.keys(commands).map((name) => `/${name} `), ...names]
    return [all.filter((one) => one.startsWith(text)), text]
  }

  #prompt(): void {
    this.#lines.setPrompt(this.#friend ? `${this.talk.nameOf(this.#friend.id)} > ` : '> ')
    this.#lines.prompt(true)
  }
}
