/** Files: put where the service says, and found again. */
import type { Environment } from './environment.ts'
import { ChatError } from './errors.ts'
import type { Http } from './http.ts'

export interface Uploading {
  /** What it is called where it comes from. */
  filename: string
  /** What it is for: a message, or a picture of the user or of a group. */
  type: 'chat' | 'avatar' | 'group_icon'
}

/** Told of the bytes that are sent so far, where the platform says it, and at the end. */
export type OnProgress = (sent: number) => void

/** @throws ChatError - `CANCELLED` after `signal` has said so. */
export async function upload(
  http: Http,
  environment: Environment,
  file: Blob,
  { filename, type }: Uploading,
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<string> {
  const { put_url, file_url } = await http.call<Record<string, string>>('POST', '/api/media/upload', { filename, type })
  const status = await put(environment, http.own(String(put_url)), file, onProgress, signal).catch(() => 0)
  if (signal?.aborted) throw new ChatError('CANCELLED')
  if (status < 200 || status > 299)
    throw new ChatError(status === 413 ? 'MEDIA_TOO_LARGE' : status ? 'UNAVAILABLE' : 'UNREACHABLE', {
      status,
      isRetryable: status !== 413,
    })
  onProgress(file.size)
  return String(file_url)
}

/** @returns the status of the reply; 0 if none came. */
async function put(
  { fetch, XMLHttpRequest }: Environment,
  url: string,
  body: Blob,
  onProgress: OnProgress,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (signal?.aborted) return 0
  if (!XMLHttpRequest)
    return (await fetch(url, { method: 'PUT', body, credentials: 'omit', ...(signal && { signal }) })).status
  const request = new XMLHttpRequest()
  return await new Promise((resolve) => {
    request.upload.onprogress = ({ loaded }: { loaded: number }) => onProgress(loaded)
    request.onloadend = () => resolve(request.status)
    signal?.addEventListener('abort', () => request.abort())
    request.open('PUT', url)
    request.send(body)
  })
}

/** @throws ChatError */
export async function download(http: Http, address: string, thumbnail?: boolean): Promise<string> {
  const asked = { key: http.pathOf(address), type: 'chat', ...(thumbnail && { thumbnail }) }
  const { download_url } = await http.call<Record<string, string>>('POST', '/api/media/download', asked)
  return http.own(String(download_url))
}
