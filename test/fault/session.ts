/** Sessions that have ended, and whether they still count. */
import { dial, socketUrl, upgraded } from '../../infra/client/socket.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { ask } from './http.ts'

/** Finds ended sessions that still work. */
export async function findAlive(base: string, tokens: readonly string[]): Promise<string[]> {
  const uses = await inParallel(tokens, 2, async (token) => {
    const reply = await ask(base, 'GET', '/api/user/info', token)
    const upgrade = await statusOfUpgrade(base, token)
    return reply?.status === 401 && upgrade === 401 ? [] : [`an ended session: ${reply?.status}, upgrade ${upgrade}`]
  })
  return uses.flat()
}

async function statusOfUpgrade(base: string, token: string): Promise<number> {
  const socket = dial(socketUrl(base), { token }, { handshakeTimeout: 5_000 })
  const status = await upgraded(socket).catch(() => 0)
  socket.close()
  return status
}
