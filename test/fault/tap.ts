/**
 * What lies under a chat of the library and writes down what really passes: the library may hide a fault of the service, as
 * when it drops what it has already. One for each chat.
 */
import type { Environment } from '../../web/client/src/index.ts'
import type { TapOptions } from './notes.ts'
import { tapRequests } from './tap-request.ts'
import { TappedSocket } from './tap-socket.ts'

export class Tap {
  readonly environment: Partial<Environment>
  readonly #requests: ReturnType<typeof tapRequests>
  #socket: TappedSocket | undefined

  constructor(options: TapOptions) {
    const { pace, random } = options
    const dialled = (socket: TappedSocket): void => {
      this.#socket = socket
    }
    this.#requests = tapRequests(options)
    this.environment = {
      fetch: this.#requests.fetch,
      WebSocket: class extends TappedSocket {
        constructor(url: string) {
          super(url, options)
          dialled(this)
        }
      },
      random: () => random.between(0, 999) / 1_000,
      setTimeout: (act, ms) => setTimeout(act, ms / pace),
    }
  }

  /** The last that was dialled. */
  get socket(): TappedSocket | undefined {
    return this.#socket
  }

  /** It is asking for what it missed. */
  get isAsking(): boolean {
    return this.#requests.isAsking()
  }
}
