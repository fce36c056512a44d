/** The only way of one browser to the service: an address of its own, whose connections can be lost. */

import { homeAddress, openTcpProxy } from '../fault/proxy-tcp.ts'
import { baseUrl } from '../support/address.ts'

export interface Gate {
  /** The origin at which this browser finds the page. */
  readonly url: string
  /** What is open stays open, and what comes on it is lost: as in a tunnel, nobody is told. */
  silence(): void
  /** Ends what has fallen silent. */
  end(): void
  close(): Promise<void>
}

export async function openGate(): Promise<Gate> {
  const proxy = await openTcpProxy(Number(new URL(baseUrl).port), (pair) => {
    const pass = (chunk: Buffer) => (pair.isSilent ? undefined : chunk)
    return { fromClient: pass, fromServer: pass }
  })
  return {
    url: `http://${homeAddress}:${proxy.port}`,
    silence: proxy.silence,
    end: proxy.cutSilent,
    close: proxy.shut,
  }
}
