/** The cost of a post to a connection: with our client, with the SDK's, and as an unsigned HTTP request. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { join } from 'node:path'
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { openGateway } from '../../lib/client/gateway.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { round } from '../figures.ts'
import { answer } from './child.ts'
import { cpuOf, measureInTurn } from './repeat.ts'

type Post = (connectionId: string, text: string) => Promise<unknown>

const connections = 20
const posts = 5_000
const text = JSON.stringify({
  type: 2,
  sender_id: 123,
  target_id: 456,
  content: 'a message as people write them, some words long',
  media: 1,
  send_time: 1_700_000_000_000,
  seq: 1234,
})

await answer(async () => {
  const sink = fork(join(import.meta.dirname, 'sink.ts'))
  const [port] = await once(sink, 'message')
  const endpoint = `http://127.0.0.1:${port}`
  const clients: Record<string, Post> = {
    'signed, kept alive (ours)': ours(endpoint),
    'AWS SDK': sdk(endpoint),
    'plain, kept alive': plain(endpoint),
  }
  const paths = Object.entries(clients).map(([client, post]) => ({
    workload: 'post',
    setting: { client, connections },
    operations: posts,
    prepare: () => () => postAll(post),
  }))
  // No servers take part.
  const results = await measureInTurn({ pids: {} }, paths)
  sink.disconnect()
  const bare = Math.min(...results.map(cpuOf))
  return results.map((result) => ({ ...result, more: { 'times the plain one': round(cpuOf(result) / bare) } }))
})

// As the service does: one after another on each connection, connections in parallel.
async function postAll(post: Post): Promise<void> {
  await inParallel([...Array(connections).keys()], connections, async (connection) => {
    for (let each = 0; each < posts / connections; each++) await post(`connection-${connection}=`, text)
  })
}

function ours(endpoint: string): Post {
  const gateway = openGateway(endpoint)
  return async (connectionId, text) => {
    if ((await gateway.post(connectionId, text, 1_000)) !== 'sent') throw new Error('a post was not sent')
  }
}

function sdk(endpoint: string): Post {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials })
  return (ConnectionId, Data) => client.send(new PostToConnectionCommand({ ConnectionId, Data }))
}

function plain(endpoint: string): Post {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64, scheduling: 'lifo' })
  return (connectionId, text) =>
    new Promise((resolve, reject) => {
      const path = `${endpoint}/@connections/${encodeURIComponent(connectionId)}`
      const headers = { 'content-length': Buffer.byteLength(text) }
      const outgoing = http.request(path, { agent, method: 'POST', headers }, (response) => {
        response.resume()
        response.on('end', resolve)
      })
      outgoing.on('error', reject)
      outgoing.end(text)
    })
}
