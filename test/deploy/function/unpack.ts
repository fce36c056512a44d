/** The zips of a stage, unpacked as Lambda unpacks them. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unzip } from '../../service/zip.ts'
import { type Packaged, zipsOf } from '../stage.ts'

const roomOf = ({ folder }: Packaged): string => join(folder, 'unpacked')

/** Where a function's zip is unpacked. */
export const unpacked = (packaged: Packaged, name: string): string => join(roomOf(packaged), name)

export async function unpack(packaged: Packaged): Promise<void> {
  await rm(roomOf(packaged), { recursive: true, force: true })
  for (const [name, archive] of await zipsOf(packaged)) {
    for (const [path, file] of unzip(await readFile(archive))) {
      const to = join(unpacked(packaged, name), path)
      await mkdir(dirname(to), { recursive: true })
      await writeFile(to, file)
    }
  }
}
