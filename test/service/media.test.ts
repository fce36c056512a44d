/** Files: one looks at each, whoever asks, and what nobody uses goes. */
import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { openStorage, type Storage } from '../../lib/client/storage.ts'
import { incomingPath, mediaPathOf } from '../../lib/core/media-path.ts'
import * as download from '../../lib/service/media/download.ts'
import { deleteUnused } from '../../lib/service/media/sweep.ts'
import * as upload from '../../lib/service/media/upload.ts'
import { drawn } from '../support/picture.ts'
import { closeClients, db, person } from './stage.ts'

const host = 'localhost'
const day = 24 * 3600_000

afterAll(closeClients)

/** A bucket that tells what is written, and to where. */
function watched(): { storage: Storage; written: string[] } {
  const storage = openStorage()
  const written: string[] = []
  const put: Storage['put'] = async (path, ...rest) => {
    written.push(path)
    await storage.put(path, ...rest)
  }
  return { storage: { ...storage, put }, written }
}

/** A file that has come. */
async function uploaded(owner: number, bytes: Uint8Array<ArrayBuffer>) {
  const storage = openStorage()
  const { file_url } = await upload.announce({ db, storage }, owner, { filename: 'a.png', type: 'chat' }, host)
  const path = mediaPathOf(file_url)
  if (!path) throw new Error('no path')
  await storage.put(incomingPath(path.name), bytes, '')
  return path
}

describe('a file', () => {
  it('is looked at once, however many ask at once, and all get it', async () => {
    const ada = await person('ada')
    const { storage, written } = watched()
    const { path } = await uploaded(ada, new Uint8Array(await drawn('image/png', 300, 200)))
    const ask = () => download.address({ db, storage }, ada, { key: path }, host)
    const found = await Promise.all(Array.from({ length: 6 }, ask))
    expect(new Set(found.map(({ download_url }) => new URL(download_url).pathname))).toEqual(new Set([`/${path}`]))
    expect(written.filter((one) => one === path)).toEqual([path])
  })

  it('that could not be read for a moment is looked at by the next who asks', async () => {
    const ada = await person('ada')
    const { storage } = watched()
    const { path } = await uploaded(ada, new Uint8Array([1, 2, 3]))
    const away = async () => {
      throw new TypeError('fetch failed')
    }
    await expect(
      download.address({ db, storage: { ...storage, look: away } }, ada, { key: path }, host),
    ).rejects.toThrow('fetch')
    await expect(download.address({ db, storage }, ada, { key: path }, host)).resolves.toMatchObject({})
  })

  it('that nobody has used for a day is deleted with all that belongs to it, and no other', async () => {
    const ada = await person('ada')
    const { storage } = watched()
    const [old, young] = [await uploaded(ada, new Uint8Array([1])), await uploaded(ada, new Uint8Array([2]))]
    const created_at = Date.now() - day - 1_000
    await db.updateTable('media').set({ created_at }).where('name', '=', old.name).execute()
    while ((await deleteUnused({ db, storage }, Date.now())) > 0);
    const left = await db.selectFrom('media').select('path').where('owner_id', '=', ada).execute()
    expect(left.map(({ path }) => path)).toEqual([young.path])
    expect(await storage.look(incomingPath(old.name))).toBeUndefined()
    expect(await storage.look(incomingPath(young.name))).toBeDefined()
    await expect(download.address({ db, storage }, ada, { key: old.path }, host)).rejects.toMatchObject({
      reason: 'MEDIA_NOT_FOUND',
    })
  })

  it('of a name that nobody was given is not there', async () => {
    const key = `20261128/${randomBytes(16).toString('hex')}`
    const asked = download.address({ db, storage: openStorage() }, await person('ada'), { key }, host)
    await expect(asked).rejects.toMatchObject({ reason: 'MEDIA_NOT_FOUND' })
  })
})
