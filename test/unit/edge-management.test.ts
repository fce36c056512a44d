/** Posts to connections, as the SDK makes them. */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, onTestFinished, test, vi } from 'vitest'
import { edge, edgeSecret, type SocketFunctions, socketFunctions } from './edge-testbed.ts'
import { bareViewer, closed, viewer } from './edge-viewer.ts'

async function testbed(given?: SocketFunctions) {
  const functions = socketFunctions(given)
  const { port, managementPort } = await edge(functions)
  const endpoint = `http://127.0.0.1:${managementPort}/${edgeSecret}`
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  onTestFinished(() => client.destroy())
  return {
    ...{ port, endpoint, functions },
    /** The id of the connection that came last. */
    lastId: () => functions.of('connect').at(-1)?.requestContext.connectionId ?? '',
    post: (ConnectionId: string, Data: string | Buffer) =>
      client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(Data) })),
    remove: (ConnectionId: string) => client.send(new DeleteConnectionCommand({ ConnectionId })),
    describe: (ConnectionId: string) => client.send(new GetConnectionCommand({ ConnectionId })),
  }
}

test('a post reaches its connection and no other, one after another, whatever the texts are', async () => {
  const { port, post, lastId } = await testbed()
  const ada = await viewer(port)
  const adaId = lastId()
  const bob = await viewer(port)
  const heard: string[] = []
  ada.on('message', (text, isBinary) => heard.push(`${isBinary}${text}`))
  bob.on('message', (text) => heard.push(`bob ${text}`))
  const texts = ['one', '', 'ü'.repeat(10_000), 'x'.repeat(131_072), ...Array.from({ length: 50 }, String)]
  for (const text of texts) await post(adaId, text)
  await post(lastId(), 'yours')
  await vi.waitFor(() => expect(heard).toHaveLength(texts.length + 1))
  expect(heard).toEqual([...texts.map((text) => `false${text}`), 'bob yours'])
})

test('a message above 32 KiB travels in frames of that size, as from the gateway', async () => {
  const { port, post, lastId } = await testbed()
  const ada = await bareViewer(port)
  const text = `${'x'.repeat(32_767)}ü${'y'.repeat(40_000)}`
  await post(lastId(), text)
  const bytes = Buffer.from(text)
  const frames: Buffer[] = []
  await vi.waitFor(() => {
    frames.length = 0
    for (let rest = ada.sofar(); rest.length >= 4; rest = rest.subarray(4 + rest.readUInt16BE(2))) {
      frames.push(rest.subarray(0, 4 + rest.readUInt16BE(2)))
    }
    expect(Buffer.concat(frames.map((one) => one.subarray(4)))).toEqual(bytes)
  })
  expect(frames.map((one) => [one[0], one.length - 4])).toEqual([
    [0x01, 32_768],
    [0x00, 32_768],
    [0x80, bytes.length - 65_536],
  ])
})

test('a post of more than 128 KiB is refused, and the connection goes on', async () => {
  const { port, post, lastId } = await testbed()
  const ada = await viewer(port)
  const heard = new Promise((resolve) => ada.once('message', (text) => resolve(String(text))))
  await expect(post(lastId(), 'x'.repeat(131_073))).rejects.toMatchObject({ name: 'PayloadTooLargeException' })
  await post(lastId(), 'small')
  expect(await heard).toBe('small')
})

test('bytes that are no text do not end the connection that they are posted to', async () => {
  const { port, post, lastId } = await testbed()
  const ada = await viewer(port)
  const heard = new Promise((resolve) => ada.once('message', (text) => resolve(String(text))))
  await post(lastId(), Buffer.from([0x61, 0xff]))
  expect(await heard).toBe('a\ufffd')
})

test('a connection that is not there is gone: before its $connect has returned, after its end, and when nobody issued it', async () => {
  const { promise: mayConnect, resolve: connectNow } = Promise.withResolvers<void>()
  const connect = async () => {
    await mayConnect
    return { statusCode: 200 }
  }
  const { port, post, remove, describe, lastId, functions } = await testbed({ connect })
  const gone = { name: 'GoneException', $metadata: { httpStatusCode: 410 } }
  const opening = viewer(port)
  await vi.waitFor(() => expect(functions.of('connect')).toHaveLength(1))
  await expect(post(lastId(), 'too early')).rejects.toMatchObject(gone)
  connectNow()
  const ada = await opening
  await post(lastId(), 'now')
  ada.close()
  await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1))
  for (const id of [lastId(), 'nobody', 'L0SM9cOFvHcCIhw=', 'a/b ?ü']) {
    for (const call of [() => post(id, 'too late'), () => remove(id), () => describe(id)]) {
      await expect(call()).rejects.toMatchObject(gone)
    }
  }
})

test('a connection can be described, and closed', async () => {
  const { port, remove, describe, lastId, functions } = await testbed()
  const ada = await viewer(port)
  const { ConnectedAt, LastActiveAt, Identity } = await describe(lastId())
  expect([ConnectedAt, LastActiveAt]).toEqual([expect.any(Date), expect.any(Date)])
  expect(Identity?.SourceIp).toBe('127.0.0.1')
  await remove(lastId())
  expect(await closed(ada)).toBe(1005)
  await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1))
})

test('a viewer that does not read is cut off after a while, and holds up nobody else', async () => {
  const { port, post, lastId, functions } = await testbed()
  const eve = await bareViewer(port)
  const eveId = lastId()
  eve.socket.pause()
  const ada = await viewer(port)
  const outcome = (async () => {
    for (let posted = 0; posted < 500; posted += 1) await post(eveId, 'z'.repeat(131_072))
  })()
  await expect(outcome).rejects.toMatchObject({ name: 'LimitExceededException', $metadata: { httpStatusCode: 429 } })
  const heard = new Promise((resolve) => ada.once('message', (text) => resolve(String(text))))
  await post(lastId(), 'hello')
  expect(await heard).toBe('hello')

  await vi.waitFor(() => expect(functions.of('disconnect')).toHaveLength(1))
  await expect(post(eveId, 'again')).rejects.toMatchObject({ $metadata: { httpStatusCode: 410 } })
})

test('nothing else is served, and no name is guessed at', async () => {
  const { endpoint } = await testbed()
  const ask = async (method: string, path: string) => (await fetch(endpoint + path, { method })).status
  expect(await ask('GET', '/')).toBe(404)
  expect(await ask('POST', '/@connections/')).toBe(404)
  expect(await ask('POST', '/@connections/%zz')).toBe(404)
  expect(await ask('PUT', '/@connections/a')).toBe(405)
  expect(await ask('POST', '/%40connections/a')).toBe(410)
})
