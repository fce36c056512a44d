/** The pool at a database that wants TLS and a user, and at a proxy in front of it that takes tokens. */
import { sql } from 'kysely'
import { describe, expect, inject, it } from 'vitest'
import { untilReady } from '../../infra/services/probe.ts'
import { type Db, openDb } from '../../lib/client/mysql.ts'
import { config } from '../../lib/core/config.ts'
import { anew, closers, setClock, wrongSecret } from './client.ts'
import { type DatabaseProxy, openDatabaseProxy, type ProxySetting } from './database-proxy.ts'
import { person } from './stores.ts'

const { mysqlPort, certificates } = inject('secured')
const minute = 60_000

function database(url: string, open = openDb): Db {
  const opened = open({ url })
  closers.push(() => opened.destroy())
  return opened
}

/** Who the server takes us for, and how what we say is enciphered. */
async function whoIs(db: Db): Promise<{ user: string; cipher: string }> {
  const { rows } = await sql<{ user: string; cipher: string }>`
    select current_user() as user, variable_value as cipher
    from information_schema.session_status where variable_name = 'Ssl_cipher'`.execute(db)
  return rows[0] ?? { user: '', cipher: '' }
}

/** A proxy that takes any token. */
async function proxy(given: Partial<ProxySetting> = {}): Promise<DatabaseProxy & { url: string }> {
  const opened = await openDatabaseProxy({
    serverPort: mysqlPort,
    certificate: certificates.right,
    own: certificates.right,
    faultOf: async () => undefined,
    ...given,
  })
  closers.push(opened.stop)
  return { ...opened, url: `mysql://gochat@localhost:${opened.port}/gochat?auth=iam` }
}

describe('a user with a password', () => {
  const url = `mysql://${person.name}:${encodeURIComponent(person.password)}@localhost:${mysqlPort}/gochat`

  it('comes in over TLS', async () => {
    const { user, cipher } = await whoIs(database(`${url}?tls=true`))
    expect(user).toBe('ada@%')
    expect(cipher).toMatch(/^TLS_|GCM|CHACHA/)
  })

  it('does not come in without TLS, nor with another password', async () => {
    await expect(whoIs(database(url))).rejects.toThrow(/insecure transport/i)
    await expect(whoIs(database(url.replace(/:[^:@]+@/, ':wrong@').concat('?tls=true')))).rejects.toThrow(
      /Access denied/,
    )
  })

  it('does not give it away as clear text', async () => {
    const { port, shown } = await proxy()
    const db = database(url.replace(`:${mysqlPort}`, `:${port}`).concat('?tls=true'))
    await expect(whoIs(db)).rejects.toThrow(/mysql_clear_password/)
    expect(shown).toEqual([])
  })
})

describe('a user with a token', () => {
  it('comes in', async () => {
    const { user, cipher } = await whoIs(database(config.mysqlUrl))
    expect(user).toBe('gochat@%')
    expect(cipher).not.toBe('')
  })

  it('changes no table, which migrations alone may', async () => {
    const added = sql`alter table gochat.users add column added int`
    await expect(added.execute(database(config.mysqlUrl))).rejects.toThrow(/ALTER command denied to user 'gochat'/)
  })

  it('does not come in with that of another secret, nor with one that has expired', async () => {
    const { openDb: open } = await anew(wrongSecret, () => import('../../lib/client/mysql.ts'))
    await expect(whoIs(database(config.mysqlUrl, open))).rejects.toThrow('the signature is wrong')
    setClock(Date.now() - 20 * minute)
    await expect(whoIs(database(config.mysqlUrl))).rejects.toThrow('the token has expired')
  })

  it('has another one for each connection', async () => {
    const { url, shown } = await proxy()
    const db = database(url)
    const start = Date.now()
    setClock(start)
    await whoIs(db)
    setClock(start + 20 * minute)
    await sql`kill connection_id()`.execute(db).catch(() => undefined)
    await untilReady(() => whoIs(db), 5_000)
    expect(shown).toHaveLength(2)
    expect(new Set(shown).size).toBe(2)
  })
})

describe('a token is not said', () => {
  it.each([
    ['whose certificate comes from an unknown authority', { certificate: certificates.unknown }, /self-signed|verify/],
    ['whose certificate names another host', { certificate: certificates.ofAnotherHost }, /altnames/],
    ['without TLS', { certificate: undefined }, /secure connection/],
  ])('to a server %s', async (_what, given, fault) => {
    const { url, shown } = await proxy(given)
    await expect(whoIs(database(url))).rejects.toThrow(fault)
    expect(shown).toEqual([])
  })
})
