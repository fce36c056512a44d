/** Files: announced, put, sent, seen by whoever may read the message, and by nobody else. */
import { imageSize } from 'image-size'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { baseUrl } from '../support/address.ts'
import { acked, say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { call, declined, invalid, ok, refused } from '../support/http.ts'
import { newcomers, type Person } from '../support/people.ts'
import { chunk, drawn, exif, place, withSegments } from '../support/picture.ts'
import { Download, GroupInfo, NewAvatar, Profile, Upload } from '../support/shape.ts'
import { closeAll, connect } from '../support/socket.ts'

const { ada, bob, eve } = newcomers(beforeEach, 'ada', 'bob', 'eve')
afterEach(closeAll)

const no = (reason: string) => ({ ...declined, reason })

type Type = 'chat' | 'avatar' | 'group_icon'

async function announce(owner: Person, filename: string, type: Type = 'chat'): Promise<Upload> {
  return ok(await call('POST', '/api/media/upload', { token: owner.token, body: { filename, type } }), Upload)
}

const put = (url: string, bytes: Uint8Array | string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'PUT', body: Buffer.from(bytes), headers })

/** @returns where it is known by. */
async function upload(owner: Person, filename: string, bytes: Uint8Array | string, type: Type = 'chat') {
  const announced = await announce(owner, filename, type)
  expect((await put(announced.put_url, bytes)).status).toBe(200)
  return announced.file_url
}

const ask = (caller: Person, address: string, more: object = {}) =>
  call('POST', '/api/media/download', { token: caller.token, body: { key: new URL(address).pathname, ...more } })

async function fetched(caller: Person, address: string, more: object = {}): Promise<Response> {
  const { download_url } = ok(await ask(caller, address, more), Download)
  return await fetch(download_url)
}

async function sendFile(from: Person, to: Person, address: string, media: 2 | 3 = 2): Promise<void> {
  await say(await connect({ token: from.token }), to, address, { media })
}

describe('a file', () => {
  it('is announced, put without a token, and read by its owner at once', async () => {
    const { put_url, file_url, key } = await announce(ada, 'Plan B.pdf')
    expect(new URL(file_url).pathname).toMatch(/^\/chat-files\/\d{8}\/[0-9a-f]{32}\.pdf$/)
    expect(file_url.endsWith(key)).toBe(true)
    expect(new URL(put_url).origin).toBe(new URL(baseUrl).origin)
    for (const type of ['', 'application/pdf', 'image/png'])
      expect((await put(put_url, '%PDF-1.7 text', type ? { 'content-type': type } : {})).status).toBe(200)
    const response = await fetched(ada, file_url)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('%PDF-1.7 text')
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''Plan%20B.pdf")
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('is for those who may read the message that it was sent in, and for nobody else', async () => {
    await befriend(ada, bob)
    const address = await upload(ada, 'a.png', await drawn('image/png'))
    refused(await ask(bob, address), no('MEDIA_NOT_FOUND'))
    await sendFile(ada, bob, address)
    expect((await fetched(bob, address)).status).toBe(200)
    refused(await ask(eve, address), no('MEDIA_NOT_FOUND'))
  })

  it('is not shown by a message of somebody who must not see it', async () => {
    await befriend(bob, eve)
    const address = await upload(ada, 'a.png', await drawn('image/png'))
    await sendFile(bob, eve, address)
    refused(await ask(bob, address), no('MEDIA_NOT_FOUND'))
    refused(await ask(eve, address), no('MEDIA_NOT_FOUND'))
  })

  it('may be passed on by who got it', async () => {
    await befriend(ada, bob)
    await befriend(bob, eve)
    const address = await upload(ada, 'a.png', await drawn('image/png'))
    await sendFile(ada, bob, address)
    await sendFile(bob, eve, address)
    expect((await fetched(eve, address)).status).toBe(200)
  })

  it('goes with the message that it was sent in, unless it is in another one', async () => {
    await befriend(ada, bob)
    const [once, twice] = [await upload(ada, 'a.txt', 'one'), await upload(ada, 'b.txt', 'two')]
    const adas = await connect({ token: ada.token })
    const recall = async (address: string): Promise<void> => {
      const { seq } = await say(adas, bob, address, { media: 3 })
      const client_msg_id = `recall of ${seq}`
      adas.send({ type: 11, target_id: bob.id, seq, action: 'recall', client_msg_id })
      await acked(adas, client_msg_id)
    }
    await say(adas, bob, twice, { media: 3 })
    for (const address of [once, twice]) await recall(address)
    refused(await ask(bob, once), no('MEDIA_NOT_FOUND'))
    expect(await (await fetched(bob, twice)).text()).toBe('two')
  })

  it('stays as it is once it was used', async () => {
    const { put_url, file_url } = await announce(ada, 'a.txt')
    await put(put_url, 'first')
    expect(await (await fetched(ada, file_url)).text()).toBe('first')
    await put(put_url, 'second')
    expect(await (await fetched(ada, file_url)).text()).toBe('first')
  })

  it('that many ask for at once is given to all', async () => {
    for (let time = 0; time < 3; time += 1) {
      const address = await upload(ada, 'photo.png', await drawn('image/png', 400, 300))
      const replies = await Promise.all(Array.from({ length: 8 }, () => ask(ada, address)))
      for (const reply of replies) expect((await fetch(ok(reply, Download).download_url)).status).toBe(200)
    }
  })

  it('that has not come, or is empty, is refused, without an address that fails', async () => {
    const { put_url, file_url } = await announce(ada, 'a.txt')
    refused(await ask(ada, file_url), no('MEDIA_NOT_FOUND'))
    await put(put_url, '')
    refused(await ask(ada, file_url), no('MEDIA_REFUSED'))
    await put(put_url, 'late')
    refused(await ask(ada, file_url), no('MEDIA_REFUSED'))
  })

  it.each([
    ['page.html', '<html><script>alert(1)</script>'],
    ['picture.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['photo.png', '<html><script>alert(1)</script>'],
    ['archive.jpg', Buffer.from('504b0304140000000800', 'hex')],
  ])('that is no picture is saved, not shown: %s', async (name, bytes) => {
    const response = await fetched(ada, await upload(ada, name, bytes))
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
  })

  it('with an odd name is saved under it', async () => {
    const name = `照片 "1"; a='b'.bin`
    const response = await fetched(ada, await upload(ada, name, 'bytes'))
    expect(response.status).toBe(200)
    const [, encoded = ''] = /filename\*=UTF-8''(\S+)$/.exec(response.headers.get('content-disposition') ?? '') ?? []
    expect(decodeURIComponent(encoded)).toBe(name)
  })

  it.each(['', '../../etc/passwd', 'chat-files/20261128/../x', `20261128/${'0'.repeat(32)}.png`, 'incoming/x', '\\'])(
    'is not found by "%s"',
    async (key) => {
      const reply = await call('POST', '/api/media/download', { token: ada.token, body: { key, type: 'chat' } })
      refused(reply, no('MEDIA_NOT_FOUND'))
    },
  )

  it('is found by its path, and by what follows its first part', async () => {
    const address = await upload(ada, 'a.txt', 'bytes')
    const { pathname } = new URL(address)
    for (const key of [pathname, pathname.slice(1), pathname.split('/').slice(2).join('/')]) {
      const reply = await call('POST', '/api/media/download', { token: ada.token, body: { key, type: 'chat' } })
      expect((await fetch(ok(reply, Download).download_url)).status).toBe(200)
    }
  })

  it.each([
    {},
    { filename: '', type: 'chat' },
    { filename: 'a', type: 'video' },
    { filename: 'a'.repeat(256), type: 'chat' },
    { filename: 'a\nb', type: 'chat' },
  ])('is not announced by %j', async (body) => {
    refused(await call('POST', '/api/media/upload', { token: ada.token, body }), invalid)
  })
})

describe('an address', () => {
  it('is needed whole, and holds for its own file and method only', async () => {
    const { put_url, file_url } = await announce(ada, 'a.txt')
    const other = await announce(ada, 'b.txt')
    expect((await put(put_url.split('?')[0] ?? '', 'x')).status).toBe(403)
    expect((await put(other.put_url.split('?')[0] + put_url.slice(put_url.indexOf('?')), 'x')).status).toBe(403)
    expect((await fetch(put_url)).status).toBeGreaterThanOrEqual(400)
    await put(put_url, 'bytes')
    const { download_url } = ok(await ask(ada, file_url), Download)
    expect((await fetch(file_url)).status).toBe(403)
    expect((await put(download_url, 'x')).status).toBeGreaterThanOrEqual(400)
    expect((await fetch(download_url, { method: 'DELETE' })).status).toBeGreaterThanOrEqual(400)
  })
})

describe('a picture', () => {
  it('loses the place where it was taken, and has a small form', async () => {
    const original = await drawn('image/jpeg', 900, 600)
    const address = await upload(ada, 'photo.jpg', withSegments(original, exif(6)))
    const whole = await fetched(ada, address)
    expect(whole.headers.get('content-type')).toBe('image/jpeg')
    expect(whole.headers.get('content-disposition')).toMatch(/^inline/)
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect(bytes.includes(place)).toBe(false)
    expect(imageSize(bytes)).toMatchObject({ width: 900, height: 600, orientation: 6 })
    const small = await fetched(ada, address, { thumbnail: true })
    expect(imageSize(new Uint8Array(await small.arrayBuffer()))).toMatchObject({ width: 320, height: 480 })
  })

  it('that is called otherwise is a picture all the same', async () => {
    const response = await fetched(ada, await upload(ada, 'notes.txt', await drawn('image/png')))
    expect(response.headers.get('content-type')).toBe('image/png')
  })

  it('that is a bomb, or cut off, is refused for good', async () => {
    const bomb = await drawn('image/png')
    bomb.writeUInt32BE(60_000, 16)
    bomb.writeUInt32BE(60_000, 20)
    const address = await upload(ada, 'bomb.png', bomb)
    for (let time = 0; time < 2; time += 1) refused(await ask(ada, address), no('MEDIA_TOO_LARGE'))
    const whole = await drawn('image/png')
    const cut = await upload(ada, 'cut.png', whole.subarray(0, whole.length - 40))
    refused(await ask(ada, cut), no('MEDIA_REFUSED'))
    refused(await ask(ada, cut), no('MEDIA_REFUSED'))
  })

  it('with hidden texts loses them', async () => {
    const original = await drawn('image/png')
    const told = Buffer.concat([
      original.subarray(0, 33),
      chunk('tEXt', Buffer.from(`a\0${place}`)),
      original.subarray(33),
    ])
    const response = await fetched(ada, await upload(ada, 'a.png', told))
    expect(Buffer.from(await response.arrayBuffer())).toEqual(original)
  })
})

describe('a picture of somebody', () => {
  const profile = async (avatar: string, owner = ada) =>
    await call('PUT', '/api/user/profile', { token: owner.token, body: { avatar } })

  it('is put, shown by the profile, and read by everybody', async () => {
    const address = await upload(ada, 'me.jpg', await drawn('image/jpeg', 800, 500), 'avatar')
    expect(new URL(address).pathname).toMatch(/^\/user-avatars\//)
    expect(ok(await profile(address), Profile).avatar).toBe(address)
    const response = await fetch(address)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect(imageSize(new Uint8Array(await response.arrayBuffer()))).toMatchObject({ width: 256, height: 256 })
    expect((await fetched(bob, address, { type: 'avatar' })).status).toBe(200)
  })

  it('as the icon of a group is the group’s from then on', async () => {
    const icon = await upload(ada, 'club.png', await drawn('image/png', 300, 300), 'group_icon')
    const group = ok(
      await call('POST', '/api/group/create', { token: ada.token, body: { name: 'Club', icon } }),
      GroupInfo,
    )
    expect(group.icon).toBe(icon)
    expect((await fetch(icon)).status).toBe(200)
    const files = async () =>
      (await call('GET', '/api/user/export', { token: ada.token, query: { cursor: 'files' } })).text
    expect(await files()).not.toContain(new URL(icon).pathname.slice(1))
    const update = { group_id: group.id, name: 'Chess club', desc: '', icon }
    ok(await call('POST', '/api/group/info/update', { token: ada.token, body: update }))
  })

  it('is sent as a form by the first front end', async () => {
    const form = new FormData()
    form.append(
      'avatar',
      new Blob([new Uint8Array(await drawn('image/png', 300, 400))], { type: 'image/png' }),
      'a.png',
    )
    const response = await fetch(`${baseUrl}/api/user/avatar`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${ada.token}` },
    })
    const { data } = (await response.json()) as { data: unknown }
    const { avatar } = NewAvatar.parse(data)
    const shown = await fetch(avatar)
    expect(imageSize(new Uint8Array(await shown.arrayBuffer()))).toMatchObject({ width: 256, height: 256 })
    expect(ok(await call('GET', '/api/user/profile', { token: ada.token }), Profile).avatar).toBe(avatar)
  })

  it('that has not come, is no picture, or is somebody else’s is refused, and the profile stays', async () => {
    const { file_url } = await announce(ada, 'me.png', 'avatar')
    refused(await profile(file_url), no('MEDIA_NOT_FOUND'))
    refused(await profile(await upload(ada, 'me.png', 'no picture', 'avatar')), no('MEDIA_REFUSED'))
    const bobs = await upload(bob, 'bob.png', await drawn('image/png'), 'avatar')
    refused(await profile(bobs), no('MEDIA_NOT_FOUND'))
    expect(ok(await call('GET', '/api/user/profile', { token: ada.token }), Profile).avatar).toBe('')
  })

  it.each([
    ['no form', 'text', 'application/json'],
    [
      'a form without a file',
      '--x\r\ncontent-disposition: form-data; name="avatar"\r\n\r\ntext\r\n--x--\r\n',
      'multipart/form-data; boundary=x',
    ],
    ['a broken form', '--x\r\n', 'multipart/form-data; boundary=x'],
  ])('as %s is refused', async (_, raw, type) => {
    const reply = await call('POST', '/api/user/avatar', { token: ada.token, raw, headers: { 'content-type': type } })
    refused(reply, invalid)
  })
})
