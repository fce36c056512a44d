// The list has the beginning of a message, which may end anywhere in an address.
const file = /^(?:https?:\/\/[^\s/]+)?\/chat-files\/\d{8}\/[0-9a-f]*(?:\.(\w*))?$/

/** What the beginning of a message is about, if it is the address of a file that lies with the service. */
export function filePreview(beginning: string): 'picture' | 'file' | undefined {
  const found = file.exec(beginning)
  if (!found) return undefined
  return /^(jpe?g|png|gif|webp)$/.test(found[1] ?? '') ? 'picture' : 'file'
}
