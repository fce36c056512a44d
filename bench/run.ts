/**
 * Measures a running server and writes what it found to bench/results.
 *
 *     npm run bench                                    at http://127.0.0.1:8080
 *     npm run bench -- --base http://127.0.0.1:9000    any server that speaks GoChat's protocol
 *     npm run bench -- --messages 20000 --rate 400 --batch --friends 0
 *
 * The exit code is 1 when a message was lost, doubled, out of order or not stored.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureFriendList } from './friend-list.ts'
import { measureMessages } from './messages.ts'

const { values } = parseArgs({
  options: {
    base: { type: 'string', default: 'http://127.0.0.1:8080' },
    pairs: { type: 'string', default: '20' },
    messages: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '200' },
    batch: { type: 'boolean', default: false },
    friends: { type: 'string', default: '200' },
  },
})
const { base } = values

const messages = await measureMessages({
  base,
  pairs: Number(values.pairs),
  messages: Number(values.messages),
  perSecond: Number(values.rate),
  batch: values.batch,
})
console.table({ messages })

const friends = Number(values.friends)
const friendList = friends > 0 ? await measureFriendList({ base, friends, clients: 4, reads: 400 }) : undefined
if (friendList) console.table({ 'friend list': friendList })

const result = {
  date: new Date().toISOString(),
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`,
  messages,
  ...(friendList && { friendList }),
}
const folder = join(import.meta.dirname, 'results')
await mkdir(folder, { recursive: true })
await writeFile(
  join(folder, `${result.date.slice(0, 19).replaceAll(':', '')}.json`),
  `${JSON.stringify(result, null, 2)}\n`,
)

const isClean = messages.lost + messages.doubled + messages.disordered + messages.notStored === 0
process.exit(isClean ? 0 : 1)
