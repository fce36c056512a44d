/** Malformed requests, which reach no API: Node would answer them without a body. */
import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { refuse } from './reply.ts'

/** The statuses of Node's errors; all others are a 400. https://nodejs.org/api/http.html#event-clienterror */
const statuses: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
  HPE_INVALID_METHOD: 405,
}

/** Answers in JSON, after the response to an earlier, complete request on the same connection. */
export function answerMalformed(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>()
  server.prependListener('request', (request, response) => answers.set(request.socket, response))

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const refuseIt = () => refuse(socket, statuses[error.code ?? ''] ?? 400)
    const answer = answers.get(socket)
    const isUnderWay = answer && !answer.writableFinished && (answer.req.complete || answer.headersSent)
    if (error.code === 'ECONNRESET') socket.destroy()
    else if (isUnderWay) answer.once('close', refuseIt)
    else refuseIt()
  })
}
