/**
 * Lambda's Invoke API: waits for the function and answers with what it returns.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import { readWhole } from './forward.ts'
import { guarded } from './guard.ts'

/** Calls a function by its deployed name; undefined when there is none. */
export type Invoke = (functionName: string, event: unknown) => Promise<unknown> | undefined

const path = /^\/2015-03-31\/functions\/([\w-]{1,64})\/invocations$/
const maxEventBytes = 6 * 1024 * 1024

/** Serves it to those who know the secret. */
export function invokeServer(secret: string, invoke: Invoke): Server {
  return createServer(
    guarded(secret, (request, response) => {
      const name = request.method === 'POST' ? path.exec(request.url ?? '')?.[1] : undefined
      if (name === undefined) return answer(response, 404, { Message: `no such function: ${request.url}` })
      readWhole(request, maxEventBytes, (body) => {
        if (body === undefined) answer(response, 413, { Message: 'The event is too large.' })
        else void answerCall(response, name, body, invoke)
      })
    }),
  )
}

async function answerCall(response: ServerResponse, name: string, body: Buffer, invoke: Invoke): Promise<void> {
  let event: unknown
  try {
    event = body.length > 0 ? JSON.parse(body.toString()) : {}
  } catch {
    return answer(response, 400, { Message: 'The event is no JSON.' })
  }
  const running = invoke(name, event)
  if (running === undefined) return answer(response, 404, { Message: `no such function: ${name}` })
  try {
    answer(response, 200, (await running) ?? null)
  } catch (error) {
    // An error of the handler is a 200, too, marked by the header.
    const { name: errorType, message: errorMessage } = error instanceof Error ? error : new Error(String(error))
    response.setHeader('X-Amz-Function-Error', 'Unhandled')
    answer(response, 200, { errorType, errorMessage })
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
