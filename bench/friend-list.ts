/** The friend list of someone with many friends, read by a few clients at once. */
import { befriend, call, inParallel, signUp } from './client.ts'
import { percentiles } from './figures.ts'

/** Makes the friends, reads the list `reads` times, and measures each read. */
export async function measureFriendList({
  base,
  friends,
  clients,
  reads,
}: {
  base: string
  friends: number
  clients: number
  reads: number
}) {
  const ada = await signUp(base, 'ada')
  await inParallel([...Array(friends).keys()], 4, async () => befriend(base, ada, await signUp(base, 'friend')))
  const read = async (): Promise<number> => {
    const before = performance.now()
    const list = await call<unknown[]>(base, 'GET', '/api/friend/list', ada.token)
    if (list.length !== friends) throw new Error(`the list has ${list.length} of ${friends} friends`)
    return performance.now() - before
  }
  await inParallel([...Array(20).keys()], clients, read)
  const latencies = await inParallel([...Array(reads).keys()], clients, read)
  return { friends, clients, ...percentiles(latencies) }
}
