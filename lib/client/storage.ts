/** The bucket of files, over the REST interface of S3: every request is one to a signed address. */
import { config } from '../core/config.ts'
import { DependencyUnavailable } from '../core/outage.ts'
import { objectUrl } from './presign.ts'
import type { AwsCredentials } from './signature.ts'

export interface StoredObject {
  size: number
  /** Changes with the bytes. */
  etag: string
}

interface AddressOptions {
  seconds?: number
  query?: Record<string, string>
}

export interface Storage {
  /** `/path?query` that lets whoever has it read or write an object. */
  presign(method: 'GET' | 'PUT', path: string, options?: AddressOptions): string
  /** Undefined when there is no such object. */
  look(path: string): Promise<StoredObject | undefined>
  /** The first bytes, at most so many, of the object that has this etag; undefined when that is not there any more. */
  read(path: string, bytes: number, etag: string): Promise<Buffer | undefined>
  /** What anybody may see may be kept by anybody. */
  put(path: string, body: Uint8Array<ArrayBuffer>, contentType: string, isPublic?: boolean): Promise<void>
  /** Copies the object that has this etag; false when that is not there any more. */
  copy(from: string, to: string, etag: string, contentType: string): Promise<boolean>
  /** Whether or not it is there. */
  remove(path: string): Promise<void>
}

// The client waits for ten seconds, and a copy of 100 MB takes the bucket some of them.
const timeoutMs = 6_000

interface Place {
  bucket: string
  /** Of this program's own requests. */
  origin: string
  /** The host that addresses for clients are signed for: that of the bucket, to which the edge passes them. */
  host: string
  /** In front of a path in this program's own requests. */
  prefix: string
  credentials?: AwsCredentials
}

function placeOf(bucket: string, region: string, storageEndpoint: string | undefined): Place {
  if (storageEndpoint === undefined)
    return {
      bucket,
      // The network of the functions lets only IPv6 out.
      origin: `https://${bucket}.s3.dualstack.${region}.amazonaws.com`,
      host: `${bucket}.s3.${region}.amazonaws.com`,
      prefix: '',
    }
  const { origin, host, username, password } = new URL(storageEndpoint)
  const credentials = { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) }
  return { bucket, origin, host: `${bucket}.${host}`, prefix: `/${bucket}`, credentials }
}

// Read when this is loaded, with the rest of what a function needs.
const place = placeOf(config.storageBucket, config.region, config.storageEndpoint)

/** @throws DOMException TimeoutError, TypeError, DependencyUnavailable - an outage. @throws Error - the bucket refuses. */
export function openStorage(): Storage {
  const { origin, host, prefix, credentials } = place
  const own = new URL(origin).host
  const by = credentials && { credentials }

  async function ask(
    method: 'GET' | 'HEAD' | 'PUT' | 'DELETE',
    path: string,
    headers: Record<string, string> = {},
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Response | undefined> {
    // Only headers of S3's own have to be signed.
    const signed = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-')))
    const object = { method, path: `${prefix}/${path}`, query: {}, headers: signed, seconds: 60, ...by }
    const isRead = method === 'GET' || method === 'HEAD'
    const response = await fetch(origin + objectUrl(own, object), {
      method,
      headers,
      ...(body && { body }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    // It is gone, or another was put in its place. Whoever may not list a bucket is told 403 of what is not there.
    if (response.status === 404 || response.status === 412 || (response.status === 403 && isRead)) return undefined
    if (response.status >= 500) throw new DependencyUnavailable('the storage', response.status)
    if (!response.ok) throw new Error(`the storage answered ${response.status} to ${method}`)
    return response
  }

  return {
    presign: (method, path, { seconds = 600, query = {} } = {}) =>
      objectUrl(host, { method, path: `/${path}`, query, seconds, ...by }),

    async look(path) {
      const response = await ask('HEAD', path)
      if (!response) return undefined
      const { headers } = response
      return { size: Number(headers.get('content-length') ?? 0), etag: headers.get('etag') ?? '' }
    },

    async read(path, bytes, etag) {
      const response = await ask('GET', path, { range: `bytes=0-${bytes - 1}`, 'if-match': etag })
      return response && Buffer.from(await response.arrayBuffer())
    },

    async put(path, body, contentType, isPublic = false) {
      const kept = isPublic && { 'cache-control': 'public, max-age=31536000, immutable' }
      await ask('PUT', path, { 'content-type': contentType, ...kept }, body)
    },

    async copy(from, to, etag, contentType) {
      const copied = await ask('PUT', to, {
        'content-type': contentType,
        'x-amz-copy-source': `/${place.bucket}/${from}`,
        'x-amz-copy-source-if-match': etag,
        'x-amz-metadata-directive': 'REPLACE',
      })
      return copied !== undefined
    },

    async remove(path) {
      await ask('DELETE', path)
    },
  }
}
