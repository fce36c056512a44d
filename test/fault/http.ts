/** Requests of the workload's clients. Failures are values here, since faults are expected. */
import { request } from '../../infra/client/http.ts'

export interface Reply {
  status: number
  code: number
  data: unknown
}

/** Asks once. Resolves with undefined when no whole answer came in time. */
export async function ask(
  base: string,
  method: 'GET' | 'POST',
  path: string,
  token: string | undefined,
  body?: unknown,
): Promise<Reply | undefined> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const asked = request(base, { method, path, token, payload, timeoutMs: 12_000 })
  return await asked.then(({ status, body }) => parsed(status, body.toString())).catch(() => undefined)
}

function parsed(status: number, text: string): Reply | undefined {
  try {
    const { code, data } = JSON.parse(text) as { code?: number; data?: unknown }
    return { status, code: code ?? status, data }
  } catch {
    return { status, code: status, data: undefined }
  }
}
