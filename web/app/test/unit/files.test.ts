/** Files beside the field: uploaded a few at a time, sent in their order, and given up. */
import { describe, expect, it, vi } from 'vitest'
import { reply, World } from '../../../client/test/world.ts'
import { pass, playTime, type Tab, Tabs } from '../page.ts'

playTime()

/** Uploads that end when the test says so. */
class Request {
  static all: Request[] = []
  status = 0
  readonly upload: { onprogress: ((event: never) => void) | null } = { onprogress: null }
  onloadend: ((event: never) => void) | null = null
  url = ''
  body: Blob | undefined
  isAborted = false

  open(_method: string, url: string): void {
    this.url = url
  }

  send(body: Blob): void {
    this.body = body
    Request.all.push(this)
  }

  abort(): void {
    this.isAborted = true
    this.end(0)
  }

  end(status = 200): void {
    this.status = status
    this.onloadend?.({} as never)
  }
}

const ok = (data: unknown) => reply({ code: 0, msg: 'ok', data }, 200)
const key = '2:2'

async function open() {
  Request.all = []
  const world = new World([2, 3])
  let count = 0
  world.answers.set('/api/media/upload', () => {
    count += 1
    return ok({ put_url: `http://world/incoming/${count}`, file_url: `http://world/chat-files/20261128/${count}` })
  })
  world.answers.set('/api/media/download', () => ok({ download_url: 'http://world/signed' }))
  world.environment.XMLHttpRequest = Request
  const tab = await new Tabs().open(world)
  await pass(1_000)
  return { world, tab }
}

const fileOf = (name: string, type = 'image/png', size = 4) => new File(['x'.repeat(size)], name, { type })
const shown = (tab: Tab) => (tab.state.attachments[key] ?? []).map(({ file, state }) => `${file.name}: ${state}`)
const sent = (world: World) => (world.stored.get(2) ?? []).map(({ content }) => content.split('/').at(-1))
const idOf = (tab: Tab, index: number) => tab.state.attachments[key]?.[index]?.id ?? ''

const sending = (tab: Tab, ...names: string[]): Promise<void> => sendingAll(tab, names)

/** The same as an answer to the message 7. */
const answering = (tab: Tab, ...names: string[]): Promise<void> => sendingAll(tab, names, 7)

async function sendingAll(tab: Tab, names: readonly string[], replyTo?: number): Promise<void> {
  await tab.actions.attachFiles(
    key,
    names.map((name) => fileOf(name)),
  )
  await tab.actions.sendAttachments(key, replyTo)
  await pass(100)
}

describe('files', () => {
  it('stand beside the field until they are sent, and are refused there when they are too large', async () => {
    const { tab, world } = await open()
    const large = { name: 'large.png', size: 21 * 2 ** 20, type: 'image/png' } as File
    await tab.actions.attachFiles(key, [fileOf('a.png'), large, fileOf('c.pdf', 'application/pdf')])
    expect(shown(tab)).toEqual(['a.png: ready', 'large.png: failed', 'c.pdf: ready'])
    expect(tab.state.attachments[key]?.[1]).toMatchObject({ reason: 'MEDIA_TOO_LARGE', isFinal: true })
    await tab.actions.retryAttachment(key, idOf(tab, 1))
    await tab.actions.removeAttachment(key, idOf(tab, 0))
    expect(shown(tab)).toEqual(['large.png: failed', 'c.pdf: ready'])
    expect([Request.all.length, world.calls.includes('/api/media/upload')]).toEqual([0, false])
  })

  it('are uploaded two at a time, and sent in their order', async () => {
    const { tab, world } = await open()
    await sending(tab, 'a', 'b', 'c')
    expect(shown(tab)).toEqual(['a: uploading', 'b: uploading', 'c: waiting'])
    Request.all[1]?.end()
    await pass(200)
    expect(shown(tab)).toEqual(['a: uploading', 'b: uploaded', 'c: uploading'])
    expect(sent(world)).toEqual([])
    Request.all[0]?.upload.onprogress?.({ loaded: 2 } as never)
    expect(tab.state.attachments[key]?.[0]?.sent).toBe(2)
    Request.all[0]?.end()
    await pass(500)
    expect(sent(world)).toEqual(['1', '2'])
    Request.all[2]?.end()
    await pass(500)
    expect([sent(world), shown(tab)]).toEqual([['1', '2', '3'], []])
  })

  it('answer a message by the first of them alone', async () => {
    const { tab, world } = await open()
    await answering(tab, 'a', 'b')
    for (const request of Request.all) request.end()
    await pass(500)
    expect(world.stored.get(2)?.map(({ reply_to }) => reply_to)).toEqual([7, undefined])
  })

  it('answer a message by the first alone when several go out at once, since the first came last', async () => {
    const { tab, world } = await open()
    await answering(tab, 'a', 'b')
    Request.all[1]?.end()
    await pass(200)
    Request.all[0]?.end()
    await pass(500)
    expect(world.stored.get(2)?.map(({ reply_to }) => reply_to)).toEqual([7, undefined])
  })

  it('answer a message by the first that is sent, when those before it were cancelled or have failed', async () => {
    const { tab, world } = await open()
    await answering(tab, 'a', 'b', 'c', 'd')
    await tab.actions.removeAttachment(key, idOf(tab, 0))
    Request.all[1]?.end(503)
    await pass(500)
    for (const request of Request.all.slice(2)) request.end()
    await pass(500)
    expect(world.stored.get(2)?.map(({ reply_to }) => reply_to)).toEqual([7, undefined])
    expect(tab.state.attachments[key]).toMatchObject([{ state: 'failed' }])
    await tab.actions.retryAttachment(key, idOf(tab, 0))
    await pass(100)
    Request.all.at(-1)?.end()
    await pass(500)
    expect(world.stored.get(2)?.map(({ reply_to }) => reply_to)).toEqual([7, undefined, undefined])
  })

  it('that were cancelled hold up nobody', async () => {
    const { tab, world } = await open()
    await sending(tab, 'a', 'b')
    Request.all[1]?.end()
    await pass(200)
    await tab.actions.removeAttachment(key, idOf(tab, 0))
    await pass(500)
    expect(Request.all[0]?.isAborted).toBe(true)
    expect([sent(world), shown(tab)]).toEqual([['2'], []])
  })

  it('that could not be uploaded say why, and are tried again', async () => {
    const { tab, world } = await open()
    await sending(tab, 'a', 'b')
    Request.all[0]?.end(503)
    Request.all[1]?.end()
    await pass(500)
    expect(sent(world)).toEqual(['2'])
    expect(tab.state.attachments[key]).toMatchObject([{ state: 'failed', reason: 'UNAVAILABLE', isFinal: false }])
    await tab.actions.retryAttachment(key, idOf(tab, 0))
    await pass(100)
    Request.all[2]?.end()
    await pass(500)
    expect([sent(world), shown(tab)]).toEqual([['2', '3'], []])
  })

  it('that the service refuses are not sent, and not tried again', async () => {
    const { tab, world } = await open()
    world.answers.set('/api/media/download', () => reply({ code: -1, msg: 'no', reason: 'MEDIA_REFUSED' }, 200))
    await sending(tab, 'a')
    Request.all[0]?.end()
    await pass(500)
    expect(tab.state.attachments[key]).toMatchObject([{ state: 'failed', reason: 'MEDIA_REFUSED', isFinal: true }])
    expect(sent(world)).toEqual([])
  })

  it('that stand still for a minute have failed', async () => {
    const { tab } = await open()
    await sending(tab, 'a')
    await pass(40_000)
    Request.all[0]?.upload.onprogress?.({ loaded: 1 } as never)
    await pass(40_000)
    expect(shown(tab)).toEqual(['a: uploading'])
    await pass(30_000)
    expect(tab.state.attachments[key]).toMatchObject([{ state: 'failed', reason: 'UNREACHABLE' }])
    expect(Request.all[0]?.isAborted).toBe(true)
  })

  it('are given up by whoever signs out', async () => {
    const { tab, world } = await open()
    await sending(tab, 'a', 'b', 'c')
    await tab.actions.signOut()
    await pass(500)
    expect(Request.all.map(({ isAborted }) => isAborted)).toEqual([true, true])
    expect(sent(world)).toEqual([])
    expect(tab.state.attachments[key] ?? []).toEqual([])
  })
})

describe('the address of a file', () => {
  const asked = (world: World) => world.calls.filter((path) => path === '/api/media/download').length

  it('is asked for once in eight minutes, for each form, or when it was of no use', async () => {
    const { tab, world } = await open()
    const path = '/chat-files/20261128/1'
    const both = await Promise.all([tab.actions.fileAddress(path, true), tab.actions.fileAddress(path, true)])
    expect([both, asked(world)]).toEqual([['http://world/signed', 'http://world/signed'], 1])
    await tab.actions.fileAddress(path, false)
    expect(asked(world)).toBe(2)
    vi.setSystemTime(Date.now() + 7 * 60_000)
    await tab.actions.fileAddress(path, true)
    expect(asked(world)).toBe(2)
    await tab.actions.fileAddress(path, true, true)
    expect(asked(world)).toBe(3)
    vi.setSystemTime(Date.now() + 9 * 60_000)
    await tab.actions.fileAddress(path, true)
    expect(asked(world)).toBe(4)
  })

  it('is asked for again after a failure', async () => {
    const { tab, world } = await open()
    world.answers.set('/api/media/download', () => reply({ code: -1, msg: 'no', reason: 'MEDIA_NOT_FOUND' }, 200))
    for (const count of [1, 2]) {
      await expect(tab.actions.fileAddress('/chat-files/20261128/1', false)).rejects.toMatchObject({
        reason: 'MEDIA_NOT_FOUND',
      })
      expect(asked(world)).toBe(count)
    }
  })
})

it('a picture of a person is uploaded when it is one', async () => {
  const { tab } = await open()
  const { signal } = new AbortController()
  const upload = (file: File) => tab.actions.uploadPicture(file, 'avatar', () => {}, signal)
  await expect(upload(fileOf('a.pdf', 'application/pdf'))).rejects.toMatchObject({ reason: 'MEDIA_REFUSED' })
  const address = upload(fileOf('a.png'))
  await pass(100)
  Request.all[0]?.end()
  expect(await address).toBe('http://world/chat-files/20261128/1')
})
