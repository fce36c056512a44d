/** Who a request comes from, as attempts are counted: by the edge's word where the edge has shown its secret, else by who calls. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { handler as registerLocally } from '../../functions/user/register.ts'
import { createSigningKey, publicPart } from '../../infra/deploy/keys.ts'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import { take } from '../../lib/service/store/rate-limit.ts'
import { httpEvent } from '../deploy/function/event.ts'
import type { Reply, Running } from '../deploy/function/running.ts'
import { answered } from '../deploy/function/scene.ts'
import { lambda } from '../unit/entry-event.ts'
import { type Deployment, deployment } from './deployed.ts'
import { closeClients, redis } from './stage.ts'

const [shown, other] = ['what-the-edge-shows', 'what-it-has-shown-before']
const perAddress = 3
const variables = {
  TOKEN_KEYS: JSON.stringify({ keys: [publicPart(createSigningKey())] }),
  ORIGIN_SECRET: `${shown},${other}`,
  REGISTRATIONS_PER_DAY: String(perAddress),
}

let deployed: Deployment
let register: Running

beforeAll(async () => {
  deployed = await deployment('user/register')
  register = await deployed.start('user/register', variables)
})

afterAll(async () => {
  await deployed?.stop()
  await closeClients()
})

const eventOf = (headers: Record<string, string>) => {
  const body = { username: `nobody-${randomUUID()}`, password: 'secret' }
  return { ...httpEvent('POST /api/user/register', { body }), headers }
}

/** An attempt at a deployed function. */
const attempt = async (headers: Record<string, string>) => answered(await register.invoke(eventOf(headers)))
const by = (secret: string, viewer: string) => ({ 'x-origin-secret': secret, 'x-viewer-address': viewer })

/** Addresses that no other test and no other run counts. */
const number = (): number => Math.floor(Math.random() * 256)
const ipv4 = (): string => `10.${number()}.${number()}.${number()}`
const network = (): string => `2001:db8:${number().toString(16)}:${number().toString(16)}`

describe('a deployed function', () => {
  it('counts by the viewer that the edge names, whatever address calls it', async () => {
    const [viewer, neighbour] = [ipv4(), ipv4()]
    for (let tries = 0; tries < perAddress; tries += 1) expect((await attempt(by(shown, viewer))).status).toBe(200)
    expect((await attempt(by(shown, viewer))).status).toBe(429)
    expect((await attempt(by(shown, neighbour))).status).toBe(200)
  })

  it('counts a customer’s whole IPv6 network as one, and the next customer apart', async () => {
    const own = network()
    const addresses = ['::1', ':ffff::', ':1:2:3:4', '::1.2.3.4'].map((end) => `${own}${end}`)
    const statuses: number[] = []
    for (const address of addresses) statuses.push((await attempt(by(shown, address))).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    expect((await attempt(by(shown, `${network()}::1`))).status).toBe(200)
  })

  it('takes the secret of before, too, and refuses all others without counting them', async () => {
    const viewer = ipv4()
    const forged: Record<string, string>[] = [
      {},
      { 'x-viewer-address': viewer },
      by('', viewer),
      by('guess', viewer),
      by(`${shown},${other}`, viewer),
    ]
    for (const headers of [...forged, by(shown.slice(1), viewer), by(shown.toUpperCase(), viewer)]) {
      const { status, envelope } = await attempt(headers)
      expect([status, envelope.code, envelope.reason]).toEqual([403, 403, 'NOT_THROUGH_EDGE'])
    }
    expect(await redis.exists(keys.limit('registrations', viewer))).toBe(0)
    expect((await attempt(by(other, viewer))).status).toBe(200)
  })

  it('counts by who calls if the edge names no address', async () => {
    for (const named of ['', 'nonsense', '10.0.0.1, 10.0.0.2']) {
      expect((await attempt(by(shown, named))).status).not.toBe(403)
      expect(await redis.exists(keys.limit('registrations', named))).toBe(0)
    }
  })

  it('does not start with the keys of a laptop', async () => {
    await expect(deployed.start('user/register', { ...variables, STAGE: 'local' })).rejects.toThrow('STAGE is local')
  })

  it.each(['TOKEN_KEYS', 'ORIGIN_SECRET'])('does not start without %s, and says so', async (name) => {
    await expect(deployed.start('user/register', { ...variables, [name]: '' })).rejects.toThrow(`${name} is not set`)
  })
})

describe('on a laptop', () => {
  it('no header takes the place of the address that calls', async () => {
    const [calling, claimed] = [ipv4(), ipv4()]
    await take({ redis }, 'registrations', calling, { cost: config.limits.registrations.count })
    const event = eventOf(by('guess', claimed)) as Parameters<typeof registerLocally>[0]
    event.requestContext.http.sourceIp = calling
    const payload: unknown = await registerLocally(event, lambda)
    expect(answered({ payload, isError: false } satisfies Reply).status).toBe(429)
    expect(await redis.exists(keys.limit('registrations', claimed))).toBe(0)
  })
})
