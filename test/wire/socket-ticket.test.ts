/** Tickets: POST /api/ws/ticket, and the socket that each opens in place of a token. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, ok, refused, unauthorized } from '../support/http.ts'
import { login, newcomers, password } from '../support/people.ts'
import { closeAll, connect, upgradeStatus } from '../support/socket.ts'

afterAll(closeAll)

const people = newcomers(beforeEach, 'ada')
const Ticket = z.strictObject({ ticket: z.string().min(43), expires_in: z.int().min(1).max(30) })

const ticketOf = async (token: string): Promise<string> =>
  ok(await call('POST', '/api/ws/ticket', { token }), Ticket).ticket

describe('a ticket', () => {
  it('opens one socket, of the user who asked for it, and no other', async () => {
    const { ada } = people
    const ticket = await ticketOf(ada.token)
    expect(ticket).not.toContain(ada.token)
    const socket = await connect({ ticket })
    await socket.ping()
    expect(await upgradeStatus({ ticket })).toBe(401)
    await socket.ping()
  })

  it('opens one of five sockets that come with it at once', async () => {
    const ticket = await ticketOf(people.ada.token)
    const statuses = await Promise.all(Array.from({ length: 5 }, () => upgradeStatus({ ticket })))
    expect(statuses.sort()).toEqual([101, 401, 401, 401, 401])
  })

  it('is new each time, and each counts', async () => {
    const tickets = await Promise.all(Array.from({ length: 3 }, () => ticketOf(people.ada.token)))
    expect(new Set(tickets).size).toBe(3)
    for (const ticket of tickets) expect(await upgradeStatus({ ticket })).toBe(101)
  })

  it.each<[string, (token: string, username: string) => Promise<unknown>]>([
    ['is logged out', (token) => call('POST', '/api/user/logout', { token })],
    [
      'is ended by a change of the password',
      async (_token, username) =>
        call('POST', '/api/user/password/update', {
          token: await login(username),
          body: { old_password: password, new_password: 'another horse' },
        }),
    ],
  ])('ends when its session %s', async (_how, end) => {
    const { ada } = people
    const ticket = await ticketOf(ada.token)
    await end(ada.token, ada.username)
    expect(await upgradeStatus({ ticket })).toBe(401)
  })

  it('lives on when another session of its user ends', async () => {
    const { ada } = people
    const ticket = await ticketOf(ada.token)
    ok(await call('POST', '/api/user/logout', { token: await login(ada.username) }))
    expect(await upgradeStatus({ ticket })).toBe(101)
  })

  it('is no token: not over HTTP, and not in the place of one at a socket', async () => {
    const ticket = await ticketOf(people.ada.token)
    refused(await call('GET', '/api/user/info', { query: { ticket } }), unauthorized)
    refused(await call('GET', '/api/user/info', { token: ticket }), unauthorized)
    for (const given of [{ token: ticket }, { header: `Bearer ${ticket}` }, { cookie: `token=${ticket}` }])
      expect(await upgradeStatus(given)).toBe(401)
    expect(await upgradeStatus({ ticket })).toBe(101)
  })

  it('that does not count is not passed over for a token that does', async () => {
    const { ada } = people
    const cut = (await ticketOf(ada.token)).slice(0, -1)
    for (const ticket of ['garbage', ada.token, cut, `${cut}!`, `${ada.id}.${'A'.repeat(43)}`])
      expect(await upgradeStatus({ ticket, token: ada.token, header: `Bearer ${ada.token}` })).toBe(401)
    expect(await upgradeStatus({ ticket: '', token: ada.token })).toBe(101)
  })

  it('takes what a client asks of its socket, as a token does', async () => {
    const { token } = people.ada
    expect(await upgradeStatus({ ticket: await ticketOf(token), heartbeat: 240, frames: 'batch' })).toBe(101)
    expect(await upgradeStatus({ ticket: await ticketOf(token), heartbeat: 5 })).toBe(400)
  })

  it('is given for a token that counts alone', async () => {
    refused(await call('POST', '/api/ws/ticket'), { ...unauthorized, reason: 'TOKEN_MISSING' })
    refused(await call('POST', '/api/ws/ticket', { token: 'garbage' }), { ...unauthorized, reason: 'TOKEN_INVALID' })
    refused(await call('POST', '/api/ws/ticket', { query: { token: people.ada.token } }), unauthorized)
  })
})
