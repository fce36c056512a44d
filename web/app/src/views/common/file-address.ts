/** Addresses of files that lie with the service. */

export interface ServiceFile {
  /** The path alone counts: the service may be reached by several names. */
  path: string
  /** Without the dot; empty when there is none. */
  extension: string
  kind: 'picture' | 'video' | 'audio' | 'file'
}

const whole = /^(?:https?:\/\/[^\s/?#\\@]+)?(\/chat-files\/\d{8}\/[0-9a-f]{32}(?:\.([a-z0-9]{1,8}))?)$/
const kinds = [
  ['picture', /^(jpe?g|png|gif|webp)$/],
  ['video', /^(mp4|m4v|webm|mov|ogv)$/],
  ['audio', /^(mp3|m4a|aac|ogg|oga|opus|wav|flac|weba)$/],
] as const

const kindOf = (extension: string): ServiceFile['kind'] =>
  kinds.find(([, pattern]) => pattern.test(extension))?.[0] ?? 'file'

/** A message whose content is the address of such a file, and nothing else. */
export function serviceFile(content: string): ServiceFile | undefined {
  const [, path, extension = ''] = whole.exec(content.trim()) ?? []
  return path === undefined ? undefined : { path, extension, kind: kindOf(extension) }
}
