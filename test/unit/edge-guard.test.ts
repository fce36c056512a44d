/** Who may ask the ports behind the edge, in the bytes of the request. */
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { invokeServer } from '../../infra/local/edge/invoke-api.ts'
import { edge, edgeSecret } from './edge-testbed.ts'

const path = '/2015-03-31/functions/shop-local-persist/invocations'
const event = '{"records":{}}'

async function invokeApi() {
  const events: unknown[] = []
  const invoke = (name: string, given: unknown) => {
    if (name !== 'shop-local-persist') return undefined
    events.push(given)
    return (async () => ({ batchItemFailures: [] }))()
  }
  const server = invokeServer(edgeSecret, invoke)
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, events }
}

interface Told {
  target?: string
  version?: string
  host?: string | undefined
  headers?: string[]
  body?: string
}

/** The status line and the rest of the answer to a POST, in these very bytes. */
async function post(port: number, told: Told = {}) {
  const { target = `/${edgeSecret}${path}`, version = '1.1', headers = [], body = event } = told
  const host = 'host' in told ? told.host : `127.0.0.1:${port}`
  const socket = connect({ port, host: '127.0.0.1' })
  const lines = [
    `POST ${target} HTTP/${version}`,
    ...(host === undefined ? [] : [`Host: ${host}`]),
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1')
  const answer = Buffer.concat(await socket.toArray()).toString()
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]), answer }
}

const strangers: [string, Told][] = [
  ['of a page', { headers: ['Origin: https://evil.example'] }],
  ['of a page, as plain text', { headers: ['Origin: https://evil.example', 'Content-Type: text/plain'] }],
  ['of a sandboxed page', { headers: ['Origin: null'] }],
  ['of a page of this machine', { headers: ['Origin: http://127.0.0.1:8080'] }],
  ['with an empty Origin', { headers: ['Origin:'] }],
  ['of a form, without an Origin', { headers: ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'] }],
  ['of an image', { headers: ['sec-fetch-dest: image'] }],
  ['of the address bar', { headers: ['Sec-Fetch-Site: none'] }],
  ['for a name that leads here', { host: 'evil.example' }],
  ['for a name that leads here, with a port', { host: 'evil.example:3002' }],
  ['for a name that begins like this machine', { host: '127.0.0.1.evil.example' }],
  ['for a name that ends like this machine', { host: 'evil.localhost' }],
  ['for an absolute name of this machine', { host: 'localhost.' }],
  ['for an address with a user', { host: 'evil@127.0.0.1' }],
  ['for the other loopback', { host: '[::1]:3002' }],
  ['for a mapped address', { host: '[::ffff:127.0.0.1]:3002' }],
  ['for an address of the network', { host: '192.168.0.2:3002' }],
  ['for all addresses', { host: '0.0.0.0:3002' }],
  ['for an empty host', { host: '' }],
  ['of HTTP/1.0 without a host', { version: '1.0', host: undefined }],
  ['without the secret', { target: path }],
  ['with another secret', { target: `/${'x'.repeat(edgeSecret.length)}${path}` }],
  ['with the beginning of the secret', { target: `/${edgeSecret.slice(0, -1)}${path}` }],
  ['with more than the secret', { target: `/${edgeSecret}x${path}` }],
  ['with the secret in the query', { target: `${path}?${edgeSecret}` }],
  ['with the secret behind another folder', { target: `/a/../${edgeSecret}${path}` }],
  ['with the secret encoded', { target: `/%73${edgeSecret.slice(1)}${path}` }],
  ['with an absolute target', { target: `http://127.0.0.1/${edgeSecret}${path}` }],
  ['for nothing', { target: '/' }],
]

describe('the Invoke API', () => {
  test('runs a function for who knows the secret', async () => {
    const { port, events } = await invokeApi()
    for (const host of [`127.0.0.1:${port}`, 'localhost', 'LOCALHOST:80']) {
      expect((await post(port, { host })).answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"batchItemFailures":\[\]\}/)
    }
    expect(events).toEqual([{ records: {} }, { records: {} }, { records: {} }])
  })

  test.each(strangers)('runs nothing for a request %s', async (_what, told) => {
    const { port, events } = await invokeApi()
    const { status, answer } = await post(port, told)
    expect(status).toBe(403)
    expect(answer).not.toMatch(/access-control/i)
    expect(events).toEqual([])
  })

  test('says what is wrong with an event, a function or a name', async () => {
    const { port } = await invokeApi()
    const base = `/${edgeSecret}/2015-03-31/functions`
    expect((await post(port, { body: '{' })).status).toBe(400)
    expect((await post(port, { target: `${base}/other/invocations` })).status).toBe(404)
    expect((await post(port, { target: `/${edgeSecret}` })).status).toBe(404)
    const body = ' '.repeat(6 * 1024 * 1024 + 1)
    expect((await fetch(`http://127.0.0.1:${port}/${edgeSecret}${path}`, { method: 'POST', body })).status).toBe(413)
  })
})

describe('the management API', () => {
  test.each(strangers)('posts nothing for a request %s', async (_what, told) => {
    const { managementPort } = await edge({})
    const target = told.target?.replace(path, '/@connections/a') ?? `/${edgeSecret}/@connections/a`
    expect((await post(managementPort, { ...told, target })).status).toBe(403)
    expect((await post(managementPort, { target: `/${edgeSecret}/@connections/a` })).status).toBe(410)
  })
})
