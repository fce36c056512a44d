/** The limit on the size of a body. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Refusal } from '../../core/refusal.ts'

/** Refuses a body of more than `maxBytes`; base64 counts decoded. @throws Refusal BODY_TOO_LARGE */
export function bodyLimit(maxBytes: number): MiddlewareObj<APIGatewayProxyEventV2> {
  return {
    before({ event: { body = '', isBase64Encoded } }) {
      if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > maxBytes) throw new Refusal('BODY_TOO_LARGE')
    },
  }
}
