/** Where files that users upload are: the path of a file's address is its key in the bucket. */
import { randomBytes } from 'node:crypto'

/** Files of conversations, whose addresses are signed, and pictures of people and groups, which anybody may see. */
export const folders = { chat: 'chat-files', avatar: 'user-avatars' } as const
export type Folder = (typeof folders)[keyof typeof folders]

export interface MediaPath {
  folder: Folder
  /** 16 bytes, which nobody can guess. */
  name: Buffer
  /** Without the slash in front. */
  path: string
}

const pattern = /^\/?(?:(chat-files|user-avatars)\/)?(\d{8}\/([0-9a-f]{32})(?:\.[a-z0-9]{1,8})?)$/

/** A new path, under the day in UTC, with the extension of a file's name. */
export function newPath(folder: Folder, filename: string, now: number): MediaPath {
  const name = randomBytes(16)
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
  const [, extension] = /\.([A-Za-z0-9]{1,8})$/.exec(filename) ?? []
  const ending = extension ? `.${extension.toLowerCase()}` : ''
  return { folder, name, path: `${folder}/${day}/${name.toString('hex')}${ending}` }
}

/** The path in an address of a file, or in what clients cut out of it: with or without its folder, which is `usual` then. */
export function mediaPathOf(address: string, usual?: Folder): MediaPath | undefined {
  if (address.length > 512) return undefined
  const path = /^https?:\/\//i.test(address) ? URL.parse(address)?.pathname : address
  const [, folder = usual, rest, hex = ''] = pattern.exec(path ?? '') ?? []
  if (folder === undefined || rest === undefined) return undefined
  return { folder: folder as Folder, name: Buffer.from(hex, 'hex'), path: `${folder}/${rest}` }
}

/** Where a file is put before it is looked at. */
export const incomingPath = (name: Buffer): string => `incoming/${name.toString('hex')}`

/** The small form of a picture in a conversation. */
export const thumbnailPath = (path: string): string => path.replace(/(\.[a-z0-9]+)?$/, '-small$1')
