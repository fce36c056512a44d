/** Keeps one client's broken frames from ending the process that serves them all. */

type Listener = (error: Error, origin: NodeJS.UncaughtExceptionOrigin) => void

/**
 * Lets the process outlive errors of the WebSocket protocol.
 *
 * serverless-offline listens to no error of a client's socket, so a frame that breaks the protocol (reserved bits, a
 * wrong mask, text that is no UTF-8) would be an uncaught exception. The socket has been closed with the right code by
 * then; every other exception goes where it went before. Returns what takes the guard off.
 */
export function guardAgainstClients(log: (text: string) => void): () => void {
  const others = process.listeners('uncaughtException') as Listener[]
  const guard: Listener = (error, origin) => {
    if (isProtocolError(error)) {
      log(`A client broke the WebSocket protocol and was closed: ${error.message}`)
      return
    }
    if (others.length === 0) {
      console.error(error)
      process.exit(1)
    }
    for (const listener of others) listener(error, origin)
  }
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', guard)
  return () => {
    process.off('uncaughtException', guard)
    for (const listener of others) process.on('uncaughtException', listener)
  }
}

/** The codes under which `ws` reports what a peer did wrong. */
function isProtocolError(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('WS_ERR_')
}
