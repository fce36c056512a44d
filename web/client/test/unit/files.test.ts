/** Files, by XMLHttpRequest and by fetch. */
import { describe, expect, it } from 'vitest'
import { Chat, type Environment } from '../../src/index.ts'
import { reply, World } from '../world.ts'

const put_url = 'http://world/incoming/abc?signed'
const file_url = 'http://world/chat-files/20261128/0123.png'
const file = new Blob(['four'], { type: 'text/plain' })
const what = { filename: 'list.txt', type: 'chat' } as const

interface Asked {
  method: string
  url: string
  body: unknown
  headers?: unknown
}

/** What is used of the browser's own. It ends when the test says so, by `end`, or when it is aborted. */
class Request {
  static readonly made: Request[] = []
  status = 0
  readonly upload: { onprogress: ((event: never) => void) | null } = { onprogress: null }
  onloadend: ((event: never) => void) | null = null
  asked: unknown[] = []

  constructor() {
    Request.made.push(this)
  }

  open(method: string, url: string): void {
    this.asked = [method, url]
  }

  send(body: Blob): void {
    this.asked.push(body)
  }

  abort(): void {
    this.end(0)
  }

  end(status: number): void {
    this.status = status
    this.onloadend?.({} as never)
  }
}

function chatIn(world: World, more: Partial<Environment> = {}, putStatus = 200) {
  const asked: Asked[] = []
  const answer = (path: string, data: unknown) =>
    world.answers.get(path) ?? world.answers.set(path, () => reply({ code: 0, msg: 'ok', data }, 200))
  // The service may be known to itself by another name.
  answer('/api/media/upload', { put_url: put_url.replace('world', 'elsewhere:1'), file_url, key: 'abc' })
  answer('/api/media/download', { download_url: 'https://elsewhere/signed' })
  const fetch = (async (url: string, init: RequestInit) => {
    const { method = 'GET', headers, body, signal } = init
    asked.push({ method, url, body: typeof body === 'string' ? JSON.parse(body) : body, headers })
    if (url !== put_url) return await world.environment.fetch(url, init)
    if (putStatus === 0)
      return await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    return new Response('', { status: putStatus })
  }) as typeof globalThis.fetch
  const chat = new Chat({ session: world.session, environment: { ...world.environment, fetch, ...more } })
  return { chat, asked }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5))

describe('a file', () => {
  it('is announced, and put as it is, without the token', async () => {
    const { chat, asked } = chatIn(new World([]))
    const progress: number[] = []
    expect(await chat.upload(file, what, (sent) => progress.push(sent))).toBe(file_url)
    expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', 'http://world/api/media/upload', what],
      ['PUT', put_url, file],
    ])
    expect(asked[1]?.headers).toBeUndefined()
    expect(progress).toEqual([4])
  })

  it('says how far it is where the platform does', async () => {
    const { chat, asked } = chatIn(new World([]), { XMLHttpRequest: Request })
    const progress: number[] = []
    const address = chat.upload(file, what, (sent) => progress.push(sent))
    await turn()
    const request = Request.made.at(-1)
    expect(request?.asked).toEqual(['PUT', put_url, file])
    request?.upload.onprogress?.({ loaded: 2 } as never)
    request?.end(200)
    expect(await address).toBe(file_url)
    expect([progress, asked.length]).toEqual([[2, 4], 1])
  })

  it.each([{ XMLHttpRequest: Request }, {}])('can be cancelled, with %o', async (more) => {
    const { chat } = chatIn(new World([]), more, 0)
    const control = new AbortController()
    const address = chat.upload(file, what, undefined, control.signal)
    await turn()
    control.abort()
    await expect(address).rejects.toMatchObject({ name: 'ChatError', reason: 'CANCELLED', isRetryable: false })
    await expect(chat.upload(file, what, undefined, control.signal)).rejects.toMatchObject({ reason: 'CANCELLED' })
  })

  it.each([
    [413, 'MEDIA_TOO_LARGE', false],
    [403, 'UNAVAILABLE', true],
    [503, 'UNAVAILABLE', true],
    [0, 'UNREACHABLE', true],
  ])('that is answered by %i has failed with %s', async (status, reason, isRetryable) => {
    const { chat } = chatIn(new World([]), { XMLHttpRequest: Request })
    const address = chat.upload(file, what)
    await turn()
    Request.made.at(-1)?.end(status)
    await expect(address).rejects.toMatchObject({ name: 'ChatError', reason, isRetryable })
  })

  it('that the service does not want is not put', async () => {
    const world = new World([])
    world.answers.set('/api/media/upload', () => reply({ code: -1, msg: 'full', reason: 'MEDIA_QUOTA' }, 200))
    const { chat, asked } = chatIn(world)
    await expect(chat.upload(file, what)).rejects.toMatchObject({ reason: 'MEDIA_QUOTA', isRetryable: false })
    expect(asked).toHaveLength(1)
  })

  it('is found by the path of its address', async () => {
    const { chat, asked } = chatIn(new World([]))
    expect(await chat.download(file_url)).toBe('http://world/signed')
    expect(await chat.download('/chat-files/20261128/0123.png', { thumbnail: true })).toBe('http://world/signed')
    const key = '/chat-files/20261128/0123.png'
    expect(asked.map(({ body }) => body)).toEqual([
      { key, type: 'chat' },
      { key, type: 'chat', thumbnail: true },
    ])
  })
})
