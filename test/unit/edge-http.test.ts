import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { edge, httpOrigin, nowhere } from './edge-origin.ts'

const tenMegabytes = 10 * 1024 * 1024

/** Sends the path as it is written, which `fetch` would tidy up. */
async function ask(port: number, path: string, { body, ...options }: RequestOptions & { body?: string | Buffer } = {}) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, ...options }, resolve)
      .on('error', reject)
      .end(body)
  })
  const parts: Buffer[] = await answer.toArray()
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() }
}

/** Remembers what it was asked. */
async function witness() {
  const seen: IncomingMessage[] = []
  const origin = await httpOrigin((incoming, response) => {
    seen.push(incoming)
    response.end('seen')
  })
  return { ...origin, seen }
}

async function swagger(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'edge-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'ours'))
  await mkdir(join(root, 'theirs', 'inner'), { recursive: true })
  await writeFile(join(root, 'secret.txt'), 'secret')
  await writeFile(join(root, 'ours', 'initializer.js'), 'ours')
  await writeFile(join(root, 'theirs', 'initializer.js'), 'theirs')
  for (const name of ['index.html', 'ui.css', 'a b.json', 'unknown.bin', 'inner/page.yaml']) {
    await writeFile(join(root, 'theirs', name), name)
  }
  return root
}

const foldersOf = (root: string) => [{ prefix: '/swagger', folders: [join(root, 'ours'), join(root, 'theirs')] }]

describe('routing', () => {
  test('brings every request to the HTTP API, path and query unchanged, so that its own catch-all can answer', async () => {
    const origin = await witness()
    const { port } = await edge({ httpApi: origin.url })
    const paths = ['/api/user/info?a=1&b=%20x&c', '/', '/nope', '/api/../x//y?z', '/api/wsx', '/swaggers', '/%7Ea%2Fb']
    for (const path of paths) expect((await ask(port, path, { method: 'PUT' })).status).toBe(200)
    expect(origin.seen.map(({ url }) => url)).toEqual(paths)
    expect(new Set(origin.seen.map(({ method }) => method))).toEqual(new Set(['PUT']))
  })

  test('answers a request to the socket path that is no upgrade with 426', async () => {
    const { port } = await edge({})
    const { status, headers, body } = await ask(port, '/api/ws?token=a')
    expect([status, headers.upgrade, body]).toEqual([426, 'websocket', '{"message":"Upgrade Required"}'])
  })

  test('takes an upgrade to anything else for a plain request', async () => {
    const origin = await witness()
    const { port } = await edge({ httpApi: origin.url })
    for (const [path, upgrade] of [
      ['/api/other', 'websocket'],
      ['/api/user', 'h2c'],
    ]) {
      const { status } = await ask(port, path ?? '', { headers: { connection: 'Upgrade', upgrade } })
      expect(status).toBe(200)
    }
    expect((await ask(port, '/api/ws', { headers: { connection: 'Upgrade', upgrade: 'h2c' } })).status).toBe(426)
    expect(origin.seen[0]?.headers).not.toHaveProperty('upgrade')
  })
})

describe('static folders', () => {
  test('redirect from the folder to its index', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
    for (const path of ['/swagger', '/swagger/', '/swagger?x=1']) {
      const { status, headers } = await ask(port, path)
      expect([status, headers.location]).toEqual([302, '/swagger/index.html'])
    }
  })

  test('serve each file with its type, from the first folder that has it', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
    const types: Record<string, string> = {
      'index.html': 'text/html; charset=utf-8',
      'ui.css': 'text/css; charset=utf-8',
      'a%20b.json?v=2': 'application/json; charset=utf-8',
      'unknown.bin': 'application/octet-stream',
      'inner/page.yaml': 'application/yaml; charset=utf-8',
    }
    for (const [name, type] of Object.entries(types)) {
      const { status, headers, body } = await ask(port, `/swagger/${name}`)
      expect([status, headers['content-type'], body]).toEqual([200, type, decodeURIComponent(name.replace('?v=2', ''))])
    }
    expect((await ask(port, '/swagger/initializer.js')).body).toBe('ours')
  })

  test('answer HEAD without a body, another method with 405, and what is not there with 404', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
    const head = await ask(port, '/swagger/index.html', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '10', ''])
    expect((await ask(port, '/swagger/index.html', { method: 'POST' })).status).toBe(405)
    expect((await ask(port, '/swagger/nope.js')).status).toBe(404)
    expect((await ask(port, '/swagger/inner')).status).toBe(404)
  })

  test('let nobody read outside themselves', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
    const escapes = [
      '../secret.txt',
      '..%2fsecret.txt',
      '%2e%2e/secret.txt',
      '..%5csecret.txt',
      'inner/../../secret.txt',
    ]
    for (const name of [...escapes, '/etc/passwd', '%00', '%zz', 'index.html%00.css']) {
      expect([name, (await ask(port, `/swagger/${name}`)).status]).toEqual([name, 404])
    }
  })
})

describe('headers', () => {
  test('tell the API who the viewer is, and nothing that the viewer made up about it', async () => {
    const origin = await witness()
    const { port } = await edge({ httpApi: origin.url, originSecret: 'between us' })
    const forged = {
      'CloudFront-Viewer-Address': '1.2.3.4:5',
      'X-Origin-Secret': 'guess',
      'X-Forwarded-Proto': 'https',
    }
    const more = {
      'X-Forwarded-For': '1.2.3.4',
      'CloudFront-Viewer-Country': 'XX',
      'sls-offline-authorizer-override': '{}',
    }
    await ask(port, '/', { headers: { ...forged, ...more, Authorization: 'Bearer a', Cookie: 'a=b' } })

    const headers = origin.seen[0]?.headers
    expect(headers).toMatchObject({
      host: origin.url.host,
      authorization: 'Bearer a',
      cookie: 'a=b',
      'cloudfront-viewer-address': expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
      'x-origin-secret': 'between us',
    })
    expect(headers).not.toHaveProperty('cloudfront-viewer-country')
    expect(headers).not.toHaveProperty('sls-offline-authorizer-override')
  })

  test('never carry a secret when there is none', async () => {
    const origin = await witness()
    const { port } = await edge({ httpApi: origin.url })
    await ask(port, '/', { headers: { 'x-origin-secret': 'guess' } })
    expect(origin.seen[0]?.headers).not.toHaveProperty('x-origin-secret')
  })

  test('of the answer reach the viewer, all its cookies too', async () => {
    const origin = await httpOrigin((_request, response) => {
      response.writeHead(401, { 'set-cookie': ['a=1', 'b=2'], 'x-ours': 'yes' }).end()
    })
    const { port } = await edge({ httpApi: origin.url })
    const { status, headers } = await ask(port, '/')
    expect([status, headers['set-cookie'], headers['x-ours']]).toEqual([401, ['a=1', 'b=2'], 'yes'])
  })
})

describe('bodies', () => {
  async function counting() {
    const bytes: number[] = []
    const origin = await httpOrigin((incoming, response) => {
      let sum = 0
      incoming.on('error', () => {})
      incoming.on('data', (chunk) => {
        sum += chunk.length
      })
      incoming.on('end', () => {
        bytes.push(sum)
        response.end()
      })
    })
    return { ...origin, bytes }
  }
  const tooLarge = [413, '{"message":"Request Entity Too Large"}']
  const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }

  test('of 10 MiB pass, whether their length is announced or not', async () => {
    const origin = await counting()
    const { port } = await edge({ httpApi: origin.url })
    const body = Buffer.alloc(tenMegabytes, 'x')
    expect((await ask(port, '/', { method: 'POST', body })).status).toBe(200)
    expect((await ask(port, '/', { ...chunked, body })).status).toBe(200)
    expect(origin.bytes).toEqual([tenMegabytes, tenMegabytes])
  })

  test('of one byte more are refused with 413, and no function gets one', async () => {
    const origin = await counting()
    const { port } = await edge({ httpApi: origin.url })
    const body = Buffer.alloc(tenMegabytes + 1, 'x')
    const announced = await ask(port, '/', { method: 'POST', body })
    expect([announced.status, announced.body]).toEqual(tooLarge)
    const measured = await ask(port, '/', { ...chunked, body })
    expect([measured.status, measured.body]).toEqual(tooLarge)
    expect(origin.bytes).toEqual([])
    expect((await ask(port, '/')).status).toBe(200)
  })

  test('that the viewer asks about first need not be sent to be refused', async () => {
    const { port } = await edge({})
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
    })
    socket.write(`POST / HTTP/1.1\r\nHost: edge\r\nExpect: 100-continue\r\nContent-Length: ${tenMegabytes + 1}\r\n\r\n`)
    const head = await new Promise((resolve) => socket.once('data', resolve))
    expect(String(head)).toMatch(/^HTTP\/1.1 413 /)
  })

  test('of an answer arrive while it is still being written', async () => {
    const { promise: seen, resolve: goOn } = Promise.withResolvers<void>()
    const origin = await httpOrigin(async (_request, response) => {
      response.write('first')
      await seen
      response.end('second')
    })
    const { port } = await edge({ httpApi: origin.url })
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    const parts: string[] = []
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      parts.push(part)
      goOn()
    }
    expect(parts).toEqual(['first', 'second'])
  })
})

describe('an HTTP API in trouble', () => {
  const unavailable = [503, '{"message":"Service Unavailable"}']

  test('is answered for with 503 when it is down, breaks off or does not answer in time', async () => {
    const down = await ask((await edge({ httpApi: nowhere })).port, '/')
    expect([down.status, down.body]).toEqual(unavailable)

    const breaking = await httpOrigin((incoming) => incoming.socket.destroy())
    const broken = await ask((await edge({ httpApi: breaking.url })).port, '/')
    expect([broken.status, broken.body]).toEqual(unavailable)

    const silent = await httpOrigin(() => {})
    const { port } = await edge({ httpApi: silent.url, limits: { ...gatewayLimits, timeoutMs: 50 } })
    const slow = await ask(port, '/')
    expect([slow.status, slow.body]).toEqual(unavailable)
  })

  test('that breaks off within an answer breaks the viewer’s too', async () => {
    const origin = await httpOrigin((incoming, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half', () => incoming.socket.destroy())
    })
    const { port } = await edge({ httpApi: origin.url })
    await expect(ask(port, '/')).rejects.toThrow('aborted')
  })
})

describe('connections', () => {
  test('to the API are kept and used again', async () => {
    const origin = await witness()
    let connections = 0
    origin.server.on('connection', () => {
      connections += 1
    })
    const { port } = await edge({ httpApi: origin.url })
    for (let times = 0; times < 10; times += 1) await ask(port, '/', { agent: false })
    expect(origin.seen.length).toBe(10)
    expect(connections).toBe(1)
  })

  test('of a viewer that goes away end the request at the API, and nothing else', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const origin = await httpOrigin((incoming, response) => {
      if (incoming.url === '/other') {
        response.end()
        return
      }
      response.once('close', end)
      resolve()
    })
    const { port } = await edge({ httpApi: origin.url })
    const leaving = request({ port, host: '127.0.0.1', path: '/', method: 'POST' }).on('error', () => {})
    leaving.write('half of it')
    await asked
    leaving.destroy()
    await ended
    expect((await ask(port, '/other')).status).toBe(200)
  })

  test('end at a stop: kept-alive ones at once, others after their answer, and those to the API with them', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    const origin = await httpOrigin(async (incoming, response) => {
      if (incoming.url === '/slow') {
        resolve()
        await mayAnswer
      }
      response.end('answered')
    })
    const started = await edge({ httpApi: origin.url })
    const agent = new Agent({ keepAlive: true })
    await ask(started.port, '/', { agent })
    const slow = ask(started.port, '/slow', { agent: new Agent({ keepAlive: true }) })
    await asked
    const began = performance.now()
    const stopped = started.stop()
    answerNow()
    expect((await slow).body).toBe('answered')
    await stopped
    expect(performance.now() - began).toBeLessThan(1000)
    await vi.waitFor(async () => {
      expect(await new Promise((done) => origin.server.getConnections((_, count) => done(count)))).toBe(0)
    })
    await expect(ask(started.port, '/')).rejects.toThrow('ECONNREFUSED')
  })

  test('that hang do not hold up a stop for 3 s', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const origin = await httpOrigin(() => resolve())
    const started = await edge({ httpApi: origin.url })
    const hanging = ask(started.port, '/')
    const outcome = expect(hanging).rejects.toThrow('socket hang up')
    await asked
    const began = performance.now()
    await started.stop()
    expect(performance.now() - began).toBeLessThan(3000)
    await outcome
  })
})

test('a port that is taken is named in one sentence', async () => {
  const { port } = await edge({})
  await expect(edge({ port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken. Stop the other program, or choose another port in custom.edge.port.`,
  )
})
