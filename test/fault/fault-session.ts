/**
 * Sessions end while Redis answers and refuses what writes, since it is full or has too few replicas: for seconds, or in the
 * middle of a change. Who ends a session asks again until it has ended; then it counts nowhere.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { logIn, password } from '../../infra/client/people.ts'
import { connect, type Frame } from '../../infra/client/socket.ts'
import type { Fault, Injection } from './fault.ts'
import { ask, type Reply } from './http.ts'
import type { Person } from './people.ts'
import { findAlive } from './session.ts'
import { tellRedis } from './stage.ts'
import { until } from './until.ts'

const otherPassword = 'another password'
const refusedMs = 4_000
const momentMs = 15
const sessionsInTheMiddle = 10
// A copy of the sessions lives for 2 s once a change is announced.
const agreesWithinMs = 3_000
const endsWithinMs = 10_000
const pushesForMs = 1_500

interface Session {
  token: string
  /** What its socket was told, and whether it is still open. */
  told: Frame[]
  isOpen(): boolean
}

type End = () => Promise<Reply | undefined>

export const sessionFaults: readonly Fault[] = [
  refusing('is full', 'maxmemory'),
  refusing('has too few replicas', 'min-replicas-to-write'),
]

function refusing(why: string, setting: string): Fault {
  const set = (stage: Injection['stage'], value: 0 | 1) => tellRedis(stage.redisPort, `CONFIG SET ${setting} ${value}`)
  return {
    name: `sessions end while Redis ${why}`,
    pauseMs: 1_000,
    async inject(injection) {
      const { stage, workload, random, during, injected, recovered } = injection
      const person = random.pick([...workload.people])
      if (!person) return
      const sessions = await openSessions(stage.url, person, 4)
      const [first, second] = sessions
      const ends = [first, second].flatMap((one) => (one ? [logOut(stage.url, one)] : []))
      const change = changePassword(stage.url, person, [password, otherPassword])
      const replies = await during('refused', async () => {
        if ((await set(stage, 1)) === '+OK') injected()
        const first = await Promise.all([...ends, change].map((end) => end()))
        await sleep(refusedMs)
        await set(stage, 0)
        return first
      })
      recovered()
      await untilEnded([...ends, change], replies)
      workload.recording.offences.push(...(await findLeft(stage.url, sessions)))
      await untilEnded([changePassword(stage.url, person, [otherPassword, password])])
      await endInTheMiddle(injection, person, set)
    },
    restore: (stage) => void set(stage, 0),
  }
}

/**
 * Ends sessions while Redis refuses writes for a moment, which begins anywhere in the work. What the database has as ended must
 * be so everywhere a little later, though nobody asks again.
 */
async function endInTheMiddle(
  { stage, workload, random }: Injection,
  person: Person,
  set: (stage: Injection['stage'], value: 0 | 1) => Promise<string>,
): Promise<void> {
  const sessions = await openSessions(stage.url, person, sessionsInTheMiddle)
  const ends = sessions.map((session) => logOut(stage.url, session))
  const replies: (Reply | undefined)[] = []
  for (const end of ends) {
    const asked = end()
    await sleep(random.between(0, momentMs))
    await set(stage, 1)
    await sleep(random.between(0, momentMs))
    await set(stage, 0)
    replies.push(await asked)
  }
  await sleep(agreesWithinMs)
  const ended = await findEnded(stage.mysqlUrl, person.id)
  const tokens = sessions.map(({ token }) => token).filter((token) => ended.has(sessionOf(token)))
  workload.recording.offences.push(...(await findAlive(stage.url, tokens)))
  await untilEnded(ends, replies)
  workload.recording.offences.push(...(await findLeft(stage.url, sessions)))
}

/** The ids of a user's sessions that the database has as ended. */
async function findEnded(mysqlUrl: string, userId: number): Promise<Set<string>> {
  const connection = await createConnection({ uri: mysqlUrl })
  try {
    const [rows] = await connection.query<RowDataPacket[]>('select session_id from sessions where user_id = ?', [
      userId,
    ])
    return new Set(rows.map(({ session_id }) => String(session_id)))
  } finally {
    await connection.end()
  }
}

const sessionOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti

function openSessions(base: string, { name }: Person, count: number): Promise<Session[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const token = await logIn(base, name)
      const told: Frame[] = []
      const socket = await connect(base, { token }, (frames) => told.push(...frames))
      socket.on('error', () => {})
      return { token, told, isOpen: () => socket.readyState === socket.OPEN }
    }),
  )
}

const logOut =
  (base: string, { token }: Session): End =>
  () =>
    ask(base, 'POST', '/api/user/logout', token)

const changePassword =
  (base: string, { token }: Person, [old_password, new_password]: readonly [string, string]): End =>
  () =>
    ask(base, 'POST', '/api/user/password/update', token, { old_password, new_password })

/** Asks again until each has been done: by this answer, or by one before that was not told. */
async function untilEnded(ends: readonly End[], replies: readonly (Reply | undefined)[] = []): Promise<void> {
  await Promise.all(
    ends.map(async (end, index) => {
      let reply = replies[index]
      const isDone = () => reply !== undefined && reply.status < 429
      for (const deadline = Date.now() + endsWithinMs; !isDone() && Date.now() < deadline; await sleep(100)) {
        reply = await end()
      }
      if (!isDone()) throw new Error(`a session could not be ended: ${reply?.status}`)
    }),
  )
}

/** Finds what is left of sessions that have ended: tokens that count, sockets that are open, and pushes to them. */
async function findLeft(base: string, sessions: readonly Session[]): Promise<string[]> {
  const had = sessions.map(({ told }) => told.length)
  const found = await findAlive(
    base,
    sessions.map(({ token }) => token),
  )
  await until(() => sessions.every(({ isOpen }) => !isOpen()), pushesForMs)
  await sleep(pushesForMs)
  for (const [index, { told, isOpen }] of sessions.entries()) {
    const after = told.slice(had[index]).filter(({ type }) => type === 2 || type === 3)
    if (after.length > 0) found.push(`an ended session was pushed ${after.length} messages`)
    if (isOpen()) found.push('the socket of an ended session is open')
    else if (!told.some(({ type }) => type === 10)) found.push('an ended session was not told')
  }
  return found
}
