/** The password: from the environment, or typed without being shown. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** @returns undefined when there is no terminal to ask at. */
export async function readPassword(prompt: string): Promise<string | undefined> {
  if (process.env.CHAT_PASSWORD) return process.env.CHAT_PASSWORD
  if (!process.stdin.isTTY) return undefined
  process.stderr.write(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('SIGINT', () => reject(new Error('Stopped.')))
      lines.once('close', () => reject(new Error('Stopped.')))
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
