/** Bodies: parsed as JSON in UTF-8, whatever their content type says. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Refusal } from '../../core/refusal.ts'

export interface WithJson {
  /** The parsed body. */
  json?: unknown
}

/** Parses the body. @throws Refusal INVALID_INPUT - it is missing, not UTF-8, or not JSON. */
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

// The gateway encodes in base64 what it does not recognise as text.
function textOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): string {
  if (!isBase64Encoded) return body
  try {
    return utf8.decode(Buffer.from(body, 'base64'))
  } catch {
    throw new Refusal('INVALID_INPUT', { field: 'body: must be UTF-8' })
  }
}
