/** Packaged functions of one stage, each started once, when it is first asked; and somebody who has logged in through them. */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { type DeployedFunction, functionsOf, type Packaged } from '../stage.ts'
import { type Aws, startAws } from './aws.ts'
import { environmentOf } from './environment.ts'
import { authorizerEvent, httpEvent } from './event.ts'
import type { Reply, Running, Start, Starting } from './running.ts'
import { startMsOf } from './start.ts'
import { makeTopic } from './topic.ts'
import { unpacked } from './unpack.ts'

export interface Scene {
  aws: Aws
  /** Where a function's zip is unpacked. */
  folderOf(name: string): string
  /** The function at work: started now, or before. */
  running(name: string): Promise<Running>
  /** One more process of a function, which the caller stops. `without` is a variable that it is not told. */
  another(name: string, without?: string): Promise<Running>
  /** The CPU time of one more start. */
  startMs(name: string): Promise<number>
  /** A fresh session of ada. @returns its token. */
  logIn(): Promise<string>
  /** What the authorizer says of a token. */
  admission(token: string): Promise<Record<string, string>>
  stop(): Promise<void>
}

export const Envelope = z.looseObject({ code: z.number(), msg: z.string(), data: z.unknown().optional() })
const HttpReply = z.object({ statusCode: z.number(), body: z.string() })

/** The status and the envelope of an HTTP function's answer. */
export function answered({ payload, isError }: Reply): { status: number; envelope: z.infer<typeof Envelope> } {
  if (isError) throw new Error(`the function failed: ${JSON.stringify(payload)}`)
  const { statusCode: status, body } = HttpReply.parse(payload)
  return { status, envelope: Envelope.parse(JSON.parse(body)) }
}

export async function openScene(packaged: Packaged, start: Start): Promise<Scene> {
  const functions = new Map(functionsOf(packaged).map((one) => [one.name, one]))
  await makeTopic(process.env.KAFKA_BROKERS ?? '')
  const aws = await startAws()
  const started = new Map<string, Promise<Running>>()
  const ada = { username: `ada-${randomUUID()}`, password: 'a password' }

  const folderOf = (name: string): string => unpacked(packaged, name)
  const starting = (name: string, without?: string): Starting => {
    const deployed: DeployedFunction | undefined = functions.get(name)
    if (!deployed) throw new Error(`there is no function ${name}`)
    const all = Object.entries(environmentOf(deployed, aws))
    const variables = Object.fromEntries(all.filter(([variable]) => variable !== without))
    const { handler, timeoutSeconds } = deployed
    return { folder: folderOf(name), handler, timeoutSeconds, variables }
  }
  const another = (name: string, without?: string): Promise<Running> => start(starting(name, without))
  const running = (name: string): Promise<Running> => {
    const found = started.get(name) ?? another(name)
    started.set(name, found)
    return found
  }
  const ask = async (name: string, given: object): Promise<unknown> => {
    const { payload, isError } = await (await running(name)).invoke(given)
    if (isError) throw new Error(`${name}: ${JSON.stringify(payload)}`)
    return payload
  }
  const logIn = async (): Promise<string> => {
    const payload = await ask('userLogin', httpEvent('POST /api/user/login', { body: ada }))
    const { envelope } = answered({ payload, isError: false })
    const { data, ...told } = envelope
    const found = z.object({ token: z.string() }).safeParse(data)
    if (!found.success) throw new Error(`userLogin: ${JSON.stringify(told)}`)
    return found.data.token
  }
  const admission = async (token: string): Promise<Record<string, string>> =>
    z.object({ context: z.record(z.string(), z.string()) }).parse(await ask('socketAuthorize', authorizerEvent(token)))
      .context
  const stop = async (): Promise<void> => {
    const all = await Promise.allSettled(started.values())
    await Promise.all(all.map((one) => one.status === 'fulfilled' && one.value.stop()))
    await aws.stop()
  }
  try {
    await ask('userRegister', httpEvent('POST /api/user/register', { body: ada }))
    return { aws, folderOf, running, another, startMs: (name) => startMsOf(starting(name)), logIn, admission, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
