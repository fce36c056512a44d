// Invokes a function over Lambda's Invoke API, as serverless-offline (or another process) serves it.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Outcome } from './retry.ts'

/** Invokes with an event and says what came of it; an error is an outcome, too, and never thrown. */
export type Invoke = (event: string, signal: AbortSignal) => Promise<Outcome>

/** Shorter than the five seconds after which a Node server closes an idle connection, so that none is closed under a request. */
const idleConnectionMs = 4_000

/**
 * Makes an invoker for one function.
 *
 * A handler that threw or timed out answers 200 with `X-Amz-Function-Error`. A connection that breaks once it stands
 * counts as the function's failure as well: a crashed runtime is one on AWS. What does not reach the function (nothing
 * listens, no such function, throttled, a 5xx) is told apart, because it is no retry of the batch.
 *
 * @param timeoutMs - silence for longer than this is a failure of the function.
 */
export function createInvoker(endpoint: string, functionName: string, timeoutMs: number): Invoke {
  const url = new URL(`${endpoint.replace(/\/$/, '')}/2015-03-31/functions/${functionName}/invocations`)
  const agent = new Agent({ keepAlive: true, timeout: idleConnectionMs })

  return (event, signal) =>
    new Promise((resolve) => {
      let isConnected = false
      const invocation = request(url, {
        method: 'POST',
        agent,
        signal,
        timeout: timeoutMs,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(event) },
      })
      invocation.once('socket', (socket) => {
        if (!socket.connecting) isConnected = true
        else socket.once('connect', () => (isConnected = true))
      })
      invocation.once('timeout', () => invocation.destroy(new Error(`no answer within ${timeoutMs} ms`)))
      invocation.once('error', ({ message }) =>
        resolve({ kind: isConnected ? 'function-error' : 'not-reached', error: message }),
      )
      invocation.once('response', (response) => {
        text(response).then(
          (payload) => resolve(outcomeOf(response, payload)),
          ({ message }: Error) => resolve({ kind: 'function-error', error: message }),
        )
      })
      invocation.end(event)
    })
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage, payload: string): Outcome {
  if (statusCode === 413) return { kind: 'too-large', error: payload }
  if (statusCode < 200 || statusCode > 299) return { kind: 'not-reached', error: `status ${statusCode}: ${payload}` }
  if (headers['x-amz-function-error']) return { kind: 'function-error', error: payload }
  return { kind: 'returned', payload }
}
