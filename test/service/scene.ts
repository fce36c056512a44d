/** Ada's phone and laptop, bob's phone and laptop, and a gateway that listens. */
import { connected, db, listeningGateway, noSlices, redis } from './stage.ts'
import type { Talk } from './talk.ts'

/** Ada and bob in a conversation; what they send comes from their phones. */
export async function scene(open: () => Promise<Talk>, answers?: Parameters<typeof listeningGateway>[0]) {
  const talk = await open()
  const { ada, bob } = talk
  const phone = await connected(ada, 'socket-of')
  const laptop = await connected(ada, 'laptop')
  const bobPhone = await connected(bob, 'socket-of')
  const bobLaptop = await connected(bob, 'laptop', { takesArrays: true })
  const listening = listeningGateway(answers)
  const clients = { db, redis, gateway: listening.gateway, slices: noSlices }
  const fromPhone = (given = {}) => talk.record(ada, bob, given)
  const target = talk.namedPlaceOf(ada)
  return { ...talk, ...listening, phone, laptop, bobPhone, bobLaptop, clients, fromPhone, target }
}

/** The end of the time that a batch may take. */
export const soon = (): number => Date.now() + 20_000
