/**
 * Pictures of the page for the documentation. A run of the tests takes them, holds them to the kept ones by name and size, and
 * throws them away; `PICTURES=write npm test -- browser` keeps them in docs/images.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { soon } from './person.ts'

const kept = resolve(import.meta.dirname, '../../docs/images')
export const isKept = process.env.PICTURES === 'write'
const maxBytes = 2_000_000

export interface Album {
  take(page: Page, name: string): Promise<void>
  /** Asserts that each picture is there, and as large as the kept one. */
  close(): Promise<void>
}

/** @param name - a folder of docs/images, or '' for that itself. */
export async function openAlbum(name: string): Promise<Album> {
  const folder = isKept ? join(kept, name) : await mkdtemp(join(tmpdir(), 'gochat-pictures-'))
  await mkdir(folder, { recursive: true })
  for (const file of await picturesIn(folder)) await rm(join(folder, file))
  return {
    async take(page, title) {
      await writeFile(join(folder, `${title}.png`), await settled(page))
    },
    async close() {
      expect(await sizesIn(join(kept, name)), 'the pictures are others: PICTURES=write').toEqual(await sizesIn(folder))
      expect(await bytesIn(kept)).toBeLessThan(maxBytes)
      if (!isKept) await rm(folder, { recursive: true })
    },
  }
}

/** What the page shows once nothing loads and nothing changes any more. */
async function settled(page: Page): Promise<Buffer> {
  // Anything but the caret, which blinks.
  const look = () => page.screenshot({ caret: 'hide', animations: 'disabled' })
  let last = await look()
  return await soon(async () => {
    const before = last
    last = await look()
    expect(await page.getByRole('main').innerText()).not.toBe('')
    expect(await page.locator('[aria-busy=true]').count()).toBe(0)
    expect(await page.evaluate(() => document.fonts.status)).toBe('loaded')
    expect(last.equals(before)).toBe(true)
    return last
  })
}

async function sizesIn(folder: string): Promise<Record<string, string>> {
  const files = await picturesIn(folder)
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, sizeOf(await readFile(join(folder, file)))])),
  )
}

const picturesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((file) => file.endsWith('.png')).sort()

/** A PNG says its width and height in its first chunk. */
const sizeOf = (png: Buffer): string => `${png.readUInt32BE(16)}×${png.readUInt32BE(20)}`

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true })
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
