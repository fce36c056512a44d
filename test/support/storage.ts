/** Object storage as the service uses it, whose address holds the key that it takes. */
import { presigned, type StorageRequest } from '../../infra/client/presigned.ts'

const bucket = 'gochat-media'

type Wanted = Pick<StorageRequest, 'method' | 'path' | 'query' | 'seconds'>

/** The path and query for a client, who sends them to the service's origin. */
export function signedPath(endpoint: string, wanted: Wanted, now?: Date): string {
  const { host, credentials } = partsOf(endpoint)
  return presigned({ ...wanted, host: `${bucket}.${host}`, credentials }, now)
}

/** Writes an object past the edge, as functions do. @throws Error when the storage refuses it. */
export async function store(endpoint: string, path: string, body: string, type: string): Promise<void> {
  const { origin, host, credentials } = partsOf(endpoint)
  const address = origin + presigned({ method: 'PUT', host, path: `/${bucket}${path}`, credentials })
  const { status } = await fetch(address, { method: 'PUT', body, headers: { 'content-type': type } })
  if (status !== 200) throw new Error(`the storage answers ${status}`)
}

function partsOf(endpoint: string) {
  const { origin, host, username: key, password: secret } = new URL(endpoint)
  return { origin, host, credentials: { key, secret } }
}
