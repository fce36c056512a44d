/** Each packaged function at work: its zip alone, with its own variables alone, against real stores. */
import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { routes } from '../../lib/wire/route.ts'
import * as event from './function/event.ts'
import { startOfficial } from './function/official.ts'
import { startOwn } from './function/own.ts'
import type { Running } from './function/running.ts'
import { answered, openScene, type Scene } from './function/scene.ts'
import { mistakes } from './mistakes.ts'
import { routesOf } from './routes.ts'
import { functionsOf, packaged } from './stage.ts'

const frozenMs = 3_000
const isSocket = (name: string): boolean => /^socket[A-Z]/.test(name)
const budgetOf = (name: string) =>
  isSocket(name) ? { startMs: 90, evaluatedBytes: 500_000 } : { startMs: 150, evaluatedBytes: 1_300_000 }
/** A busy machine makes a start dearer, since caches are cold, and nothing makes it cheaper. */
const starts = 8

const prod = await packaged('prod')
const functions = functionsOf(prod)
const names = functions.map(({ name }) => name)
const bundles = inject('bundles')
const { runtime: emulator, client } = inject('tools')
const isOfficial = 'folder' in emulator && 'folder' in client
const start = isOfficial
  ? startOfficial(join(emulator.folder, 'aws-lambda-rie'), join(client.folder, 'node_modules/aws-lambda-ric/index.mjs'))
  : startOwn
const runtime = isOfficial ? "under AWS's own runtime emulator and client" : 'under our own play of the Runtime API'

let scene: Scene
let token: string
let admission: Record<string, string>
/** One that has connected. */
let phone: ReturnType<typeof event.connectionOf>

beforeAll(async () => {
  scene = await openScene(prod, start)
  token = await scene.logIn()
  admission = await scene.admission(token)
  phone = event.connectionOf(admission)
  await (await scene.running('socketConnect')).invoke(event.connectEvent(phone))
})

afterAll(() => scene?.stop())

const httpRoutes = [...routesOf(prod, 'HTTP')].map(([key, id]) => {
  const route = key === '$default' ? 'GET /api/nowhere' : key
  return { route, name: functions.find((one) => one.id === id)?.name ?? `nothing behind ${key}` }
})

const record = () => ({
  kind: 'message' as const,
  record_id: randomUUID(),
  from_id: Number(admission.user_id),
  target_id: Number(admission.user_id) + 1_000_000,
  chat_type: 2 as const,
  content: 'hello',
  media: 1,
  client_msg_id: randomUUID(),
  requested_at: Date.now(),
  origin: { connection_id: randomUUID(), batch: false, language: 'en' as const },
})

/** What is asked of a function that serves no HTTP route, and what has to come of it. */
const others: Record<string, (running: Running) => Promise<void>> = {
  async socketAuthorize(running) {
    const { payload } = await running.invoke(event.authorizerEvent(token))
    expect(payload).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Allow' }] }, context: admission })
    const refused = await running.invoke(event.authorizerEvent('nonsense'))
    expect(refused).toMatchObject({ isError: true, payload: { errorMessage: 'Unauthorized' } })
  },
  async socketConnect(running) {
    const reply = await running.invoke(event.connectEvent(event.connectionOf(admission)))
    expect(reply.payload).toEqual({ statusCode: 200 })
  },
  async socketDisconnect(running) {
    const reply = await running.invoke(event.disconnectEvent(event.connectionOf(admission)))
    expect(reply.payload).toEqual({ statusCode: 200 })
  },
  async socketMessage(running) {
    await pinged(running)
    const frame = { type: 2, target_id: Number(admission.user_id) + 1, content: 'hello', media: 1, client_msg_id: 'm' }
    // Taken by Kafka: the answer comes from the consumer.
    expect((await running.invoke(frameOf(frame))).payload).toEqual({ statusCode: 200 })
  },
  async streamPersist(running) {
    const given = record()
    await running.invoke(event.batchEvent(given)).then(expectSettled)
    expect(scene.aws.posts.get(given.origin.connection_id)).toEqual([
      expect.objectContaining({ type: 9, reason: 'NOT_FRIENDS', client_msg_id: given.client_msg_id }),
    ])
  },
  async streamFanOut(running) {
    const frame = { type: 8, event: 'group_changed', group_id: 1 } as const
    const slice = { user_ids: [Number(admission.user_id)], pushes: [{ frame }] }
    await running.invoke(event.sliceEvent(slice)).then(expectSettled)
    expect(scene.aws.posts.get(phone.connectionId)).toContainEqual(frame)
  },
  streamDeadLetter: (running) => running.invoke(event.givenUpEvent(record())).then(expectSettled),
  async operationsCheck(running) {
    const { status, envelope } = answered(await running.invoke({}))
    expect({ status, ...envelope }).toMatchObject({ status: 200, data: { mysql: 'up', redis: 'up', kafka: 'up' } })
  },
  async operationsSweep(running) {
    expect(await running.invoke(event.scheduleEvent())).toMatchObject({ isError: false })
  },
  async operationsAnnounce(running) {
    expect(await running.invoke({ seconds: 1 })).toMatchObject({
      isError: false,
      payload: { announced: expect.any(Number) },
    })
  },
  async operationsDeadLetters(running) {
    const { payload, isError } = await running.invoke({ command: 'list' })
    expect({ payload, isError }).toMatchObject({ isError: false, payload: { newest: expect.any(Number) } })
  },
  async operationsMigrate(running) {
    const { payload, isError } = await running.invoke({})
    expect({ payload, isError }).toMatchObject({ isError: false })
    // All are applied before the tests; a migration's name begins with its number.
    expect(JSON.stringify(payload)).not.toMatch(/\d{4}-/)
  },
}

const frameOf = (frame: object) => event.frameEvent(phone, frame)

async function pinged(running: Running): Promise<void> {
  const { payload } = await running.invoke(frameOf({ type: 0, ping: 7 }))
  expect(payload).toMatchObject({ statusCode: 200 })
  expect(JSON.parse(String(Reflect.get(Object(payload), 'body')))).toMatchObject({ type: 0, pong: 7 })
}

function expectSettled({ payload, isError }: { payload: unknown; isError: boolean }): void {
  expect({ isError, payload }).toEqual({ isError: false, payload: { batchItemFailures: [] } })
}

describe(`a packaged function, ${runtime}, with its own variables alone`, () => {
  it('has an event here that it is asked with', () => {
    const asked = [...httpRoutes.map(({ name }) => name), ...Object.keys(others)]
    expect(names.filter((name) => !asked.includes(name))).toEqual([])
    expect(asked.filter((name) => !names.includes(name))).toEqual([])
  })

  it.each(httpRoutes)('$name answers $route', async ({ route, name }) => {
    await answers(await scene.running(name), name, route)
  })

  it.each(Object.keys(others))('%s answers its event', async (name) => {
    await others[name]?.(await scene.running(name))
  })

  it.each(names)('%s starts within its budget', async (name) => {
    const { startMs, evaluatedBytes } = budgetOf(name)
    expect(bundles[name]?.evaluatedBytes).toBeLessThanOrEqual(evaluatedBytes)
    let best = await scene.startMs(name)
    for (let tries = 1; best > startMs && tries < starts; tries += 1) best = Math.min(best, await scene.startMs(name))
    expect(best).toBeLessThanOrEqual(startMs)
  })

  it('is the bundle that was measured', async () => {
    const sizes = functions.map(async ({ name, handler }) => {
      const { size } = await stat(join(scene.folderOf(name), handler.replace(/\.\w+$/, '.mjs')))
      return [name, size] as const
    })
    const measured = Object.entries(bundles).map(([name, { entryBytes }]) => [name, entryBytes] as const)
    expect(new Map(await Promise.all(sizes))).toEqual(new Map(measured))
  })

  it('answers again after it was frozen for seconds', async () => {
    const running = await scene.running('socketMessage')
    await pinged(running)
    running.freeze()
    await pause(frozenMs)
    running.thaw()
    await pinged(running)
  })
})

describe('a deliberate mistake is caught', () => {
  const made = Object.entries(mistakes).flatMap(([name, { without }]) => (without ? [{ name, ...without }] : []))

  it.each(made)('$name', async ({ of, variable }) => {
    const route = httpRoutes.find(({ name }) => name === of)?.route
    const asked = async (): Promise<void> => {
      const running = await scene.another(of, variable)
      await (route ? answers(running, of, route) : others[of]?.(running))?.finally(() => running.stop())
    }
    await expect(asked()).rejects.toThrow()
  })
})

/** A stranger is refused where a session is asked for; with one, the function has to ask the stores. */
async function answers(running: Running, name: string, route: string): Promise<void> {
  const isWires = route in routes
  const isOpen = !isWires || Reflect.get(routes, route).isPublic === true
  const stranger = answered(await running.invoke(event.httpEvent(route)))
  if (isOpen) expect(stranger.status).toBeLessThan(500)
  else expect(stranger.status).toBe(401)
  const given = { token: name === 'userLogout' ? await scene.logIn() : token, body: bodies[route] ?? {} }
  const known = answered(await running.invoke(event.httpEvent(route, given)))
  expect(isWires ? [200, 400, 401] : [404], JSON.stringify(known)).toContain(known.status)
  if (!isOpen) expect(known.status).not.toBe(401)
}

/** With less, these would be refused before they ask a store. */
const bodies: Record<string, object> = {
  'POST /api/user/login': { username: 'nobody', password: 'a password' },
}
