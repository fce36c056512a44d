/** A management endpoint that counts posts instead of delivering them; it answers any message of its parent with the counts so far. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { meteredMessages } from './units.ts'

export interface Posts {
  posts: number
  metered: number
  bytes: number
}

const counts: Posts = { posts: 0, metered: 0, bytes: 0 }
const server = createServer((request, response) => {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  request.on('end', () => {
    counts.posts += 1
    counts.metered += meteredMessages(bytes)
    counts.bytes += bytes
    response.end()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('message', () => process.send?.(counts))
process.on('disconnect', () => process.exit())
