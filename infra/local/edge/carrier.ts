/**
 * How an event reaches its function: serverless-offline's HTTP server is asked for nothing but the function, by a request
 * that is the same for every viewer and carries the event in a header. What a viewer sent (paths, cookies, conditions,
 * bodies) that server never reads, so it has no occasion for answers of its own.
 */
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'

const header = 'x-gateway-event'

/** A path that no route has: the catch-all's. */
const defaultRoute = 'POST /$default'

/** The server looks at a request's connection, and sets its timeout: not the viewer's. */
const noConnection = new Socket()

/** The request that has the function of the event's route called. */
export function carrierOf(event: APIGatewayProxyEventV2): IncomingMessage {
  const [method, url] = (event.routeKey === '$default' ? defaultRoute : event.routeKey).split(' ')
  const carried = JSON.stringify(event)
  const carrier = Object.assign(new IncomingMessage(noConnection), {
    // One that is not complete counts as broken off once it has been read.
    ...{ method, url, httpVersion: '1.1', complete: true },
    headers: { [header]: carried },
    rawHeaders: [header, carried],
  })
  carrier.push(null)
  return carrier
}

/**
 * A handler's body that calls the function `handle` with the event it was carried, or with its own when it is invoked
 * otherwise. What the function throws is answered as the gateway does.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
 */
export const unwrappingEvent = `
  const carried = event.headers?.['${header}']
  if (carried === undefined) return handle(event, context)
  try {
    return await handle(JSON.parse(carried), context)
  } catch (error) {
    console.error(error)
    const body = JSON.stringify({ message: 'Internal Server Error' })
    return { statusCode: 500, headers: { 'content-type': 'application/json' }, body }
  }
`
