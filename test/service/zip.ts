/** Reads zip files, as far as the packager writes them: stored or deflated, no encryption, below 4 GB. */
import { inflateRawSync } from 'node:zlib'

// Signatures and offsets: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
const endOfDirectory = 0x06054b50
const directoryEntry = 0x02014b50
const stored = 0
const deflated = 8

/** The files of an archive, by path. */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const signature = Buffer.alloc(4)
  signature.writeUInt32LE(endOfDirectory)
  const end = archive.lastIndexOf(signature)
  if (end < 0) throw new Error('not a zip file')
  const files = new Map<string, Buffer>()
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== directoryEntry) throw new Error('the directory is damaged')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset))
    const nameEnd = at + 46 + (nameLength ?? 0)
    const path = archive.toString('utf8', at + 46, nameEnd)
    files.set(path, content(archive, at))
    at = nameEnd + (extraLength ?? 0) + (commentLength ?? 0)
  }
  return files
}

function content(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10)
  const size = archive.readUInt32LE(entry + 20)
  const header = archive.readUInt32LE(entry + 42)
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
  const data = archive.subarray(start, start + size)
  if (method === stored) return data
  if (method === deflated) return inflateRawSync(data)
  throw new Error(`compressed by method ${method}`)
}
