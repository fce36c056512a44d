/** Bodies: JSON in UTF-8, whatever type they are said to be of. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Refusal } from '../../core/refusal.ts'

export interface WithJson {
  /** What the body says. */
  json?: unknown
}

/** Reads the body. @throws Refusal INVALID_INPUT - it is absent, not UTF-8, or not JSON. */
export function jsonBody(): MiddlewareObj<APIGatewayProxyEventV2 & WithJson> {
  return {
    before({ event }) {
      const text = textOf(event)
      try {
        event.json = JSON.parse(text)
      } catch {
        throw new Refusal('INVALID_INPUT', { field: 'body: must be JSON' })
      }
    },
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// The gateway hands over as base64 what it does not take for text.
function textOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): string {
  if (!isBase64Encoded) return body
  try {
    return utf8.decode(Buffer.from(body, 'base64'))
  } catch {
    throw new Refusal('INVALID_INPUT', { field: 'body: must be UTF-8' })
  }
}
