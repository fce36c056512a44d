/** The only way of one browser to the service: an address of its own, whose connections can be lost. */

import { homeAddress, openTcpProxy } from '../fault/proxy-tcp.ts'
import { baseUrl } from '../support/address.ts'

export interface Gate {
  /** The origin at which this browser finds the page. */
  readonly url: string
  /** Whatever is sent is lost, and nobody is told: as in a tunnel. */
  lose(): void
  /** Ends all connections that something was lost on. */
  end(): void
  /** New connections lead to the service again. */
  find(): void
  close(): Promise<void>
}

export async function openGate(): Promise<Gate> {
  const proxy = await openTcpProxy(Number(new URL(baseUrl).port), (pair) => {
    const pass = (chunk: Buffer) => (pair.isSilent ? undefined : chunk)
    return { fromClient: pass, fromServer: pass }
  })
  return {
    url: `http://${homeAddress}:${proxy.port}`,
    // Its other address is nobody's: what comes to this one is answered by silence.
    lose: () => void proxy.move(),
    end: proxy.cutSilent,
    find: () => void proxy.move(),
    close: proxy.shut,
  }
}
