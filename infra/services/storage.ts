/** Object storage: its address, and who may use it. */

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { presigned, type StorageCredentials } from '../client/presigned.ts'

const Configuration = z.object({ custom: z.object({ mediaBucket: z.string() }) })

/** The bucket that serverless.yml names. */
function readBucket(): string {
  const text = readFileSync(join(import.meta.dirname, '../../serverless.yml'), 'utf8')
  return Configuration.parse(parse(text)).custom.mediaBucket
}

/** Others with each start: nobody has to remember them. */
export function newCredentials(): StorageCredentials {
  return { key: randomBytes(10).toString('hex'), secret: randomBytes(20).toString('hex') }
}

/** By a name, since a bucket's name is put before it. */
export function storageAddress(port: number, { key, secret }: StorageCredentials): string {
  return `http://${key}:${secret}@localhost:${port}`
}

/**
 * Makes the bucket unless it is there.
 *
 * @throws Error when the storage refuses the key of the address, or does not answer within `timeoutMs`.
 */
export async function makeBucket(address: string, timeoutMs: number): Promise<void> {
  const { origin, host, username, password } = new URL(address)
  const credentials = { key: decodeURIComponent(username), secret: decodeURIComponent(password) }
  const path = `/${readBucket()}`
  const ask = (method: 'HEAD' | 'PUT') =>
    fetch(origin + presigned({ method, host, path, credentials }), { method, signal: AbortSignal.timeout(timeoutMs) })
  const found = await ask('HEAD')
  if (found.ok) return
  const made = found.status === 404 ? await ask('PUT') : found
  if (!made.ok) throw new Error(`it answers ${made.status}`)
}
