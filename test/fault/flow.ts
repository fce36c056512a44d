/** What somebody meets who asks one thing after another, just after all connections to a store fell silent. */
import type { Injection } from './fault.ts'
import { ask } from './http.ts'
import type { Attempt } from './recording.ts'
import { until } from './until.ts'
import type { Caller } from './workload.ts'

const soonMs = 300
const answerWithinMs = 12_000
const times = 4

/** What is asked, and how often it may fail before it succeeds for good. Functions read again what they read in vain. */
const mayFail = { heartbeat: 1, message: 1, read: 0 } as const
type Kind = keyof typeof mayFail

/** Something was asked once. */
export type Tried = Pick<Attempt, 'at' | 'answeredAt' | 'isRefused'>

/** Asks for each of them a few times, frames beside requests. @returns what was not as it must be. */
export async function askInTurn({ stage, workload }: Injection): Promise<string[]> {
  const caller = workload.pick()
  if (!caller) return ['nobody was there']
  const frames = async () => [
    ...judge('heartbeat', await again(() => beat(caller))),
    ...judge('message', await again(() => say(caller, workload.recording.sent))),
  ]
  const reads = async () => judge('read', await again(() => readFriends(stage.url, caller)))
  return (await Promise.all([frames(), reads()])).flat()
}

async function again(one: () => Promise<Tried[]>): Promise<Tried[]> {
  const tried: Tried[] = []
  for (let time = 0; time < times; time++) tried.push(...(await one()))
  return tried
}

async function beat({ device }: Caller): Promise<Tried[]> {
  const at = Date.now()
  const isAnswered = await device.ping(answerWithinMs)
  return [{ at, answeredAt: Date.now(), isRefused: !isAnswered }]
}

/** The message is sent again until it is acknowledged. */
async function say({ device, target }: Caller, sent: readonly { attempts: Attempt[] }[]): Promise<Tried[]> {
  device.say(target, true, 0)
  const attempts = sent.at(-1)?.attempts ?? []
  await until(() => device.waiting() === 0, answerWithinMs)
  return attempts
}

async function readFriends(base: string, { owner }: Caller): Promise<Tried[]> {
  const at = Date.now()
  const reply = await ask(base, 'GET', '/api/friend/list', owner.token)
  return [{ at, answeredAt: Date.now(), isRefused: reply?.code !== 0 }]
}

/** Says what was not as it must be: more failed than may, or a later one had to wait. */
export function judge(kind: Kind, tried: readonly Tried[]): string[] {
  const ms = ({ at, answeredAt = Infinity }: Tried): number => answeredAt - at
  const failed = tried.filter((one) => one.isRefused || one.answeredAt === undefined)
  const late = tried.slice(1).filter((one) => ms(one) > soonMs)
  return [
    ...(failed.length > mayFail[kind] ? [`${failed.length} of ${tried.length} times a ${kind} failed`] : []),
    ...late.map((one) => `a later ${kind} waited ${ms(one)} ms`),
  ]
}
