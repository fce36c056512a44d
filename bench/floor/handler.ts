/** Handlers that do as little as can be. */
import { Agent, request } from 'node:http'

interface SocketEvent {
  requestContext: { connectionId: string }
  body: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 64, scheduling: 'lifo' })

export async function empty(): Promise<{ statusCode: number }> {
  return { statusCode: 200 }
}

/** Posts a frame back to where it came from, unsigned. */
export async function echo({ requestContext, body }: SocketEvent): Promise<{ statusCode: number }> {
  const path = `/@connections/${encodeURIComponent(requestContext.connectionId)}`
  await new Promise((resolve, reject) => {
    const headers = { 'content-length': Buffer.byteLength(body) }
    const outgoing = request(process.env.GATEWAY_ENDPOINT + path, { agent, method: 'POST', headers }, (response) => {
      response.resume()
      response.on('end', resolve)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
  return { statusCode: 200 }
}
