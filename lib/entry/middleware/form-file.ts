/** Bodies of forms with one file, `multipart/form-data`. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Refusal } from '../../core/refusal.ts'

export interface WithFile {
  /** The bytes of the file. */
  file?: Buffer
}

/** Reads the file of the field. @throws Refusal INVALID_INPUT - the body is no such form, or has no file there. */
export function formFile(field: string): MiddlewareObj<APIGatewayProxyEventV2 & WithFile> {
  return {
    async before({ event }) {
      event.file = await fileOf(event, field)
    },
  }
}

async function fileOf({ body = '', isBase64Encoded, headers }: APIGatewayProxyEventV2, field: string): Promise<Buffer> {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'latin1')
  const value = await new Response(bytes, { headers: { 'content-type': headers['content-type'] ?? '' } })
    .formData()
    .then((form) => form.get(field))
    .catch(() => null)
  if (value === null || typeof value === 'string')
    throw new Refusal('INVALID_INPUT', { field: `body.${field}: must be a file of a multipart/form-data body` })
  return Buffer.from(await value.arrayBuffer())
}
