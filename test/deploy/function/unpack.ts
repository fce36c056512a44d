/** The zips of a stage, unpacked as Lambda unpacks them. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unzip } from '../../service/zip.ts'
import { type Packaged, zipsOf } from '../stage.ts'

/** @returns the folder of each function, by name. */
export async function unpack(packaged: Packaged): Promise<Map<string, string>> {
  const room = join(packaged.folder, 'unpacked')
  await rm(room, { recursive: true, force: true })
  const folders = new Map<string, string>()
  for (const [name, archive] of await zipsOf(packaged)) {
    const folder = join(room, name)
    for (const [path, file] of unzip(await readFile(archive))) {
      await mkdir(join(folder, dirname(path)), { recursive: true })
      await writeFile(join(folder, path), file)
    }
    folders.set(name, folder)
  }
  return folders
}
