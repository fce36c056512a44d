/** A friendship ends while messages are in flight and the consumer is slow to store them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { befriend, signUp } from '../../infra/client/people.ts'
import { dial, framesOf, socketUrl } from '../../infra/client/socket.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import type { Fault } from './fault.ts'
import { listOf, numberOf } from './frame.ts'
import { ask } from './http.ts'
import { conversationOf, messageTo, userTarget } from './target.ts'
import { until } from './until.ts'

const heldMs = 60
const messages = 12

export const friendshipFaults: readonly Fault[] = [
  {
    name: 'friendship ended while messages are stored',
    pauseMs: 100,
    async inject({ stage, workload, random, injected }) {
      const [ada, bob] = await inParallel(['ada', 'bob'], 2, (name) => signUp(stage.url, name))
      if (!ada || !bob) return
      await befriend(stage.url, ada, bob)
      let answers = 0
      const socket = dial(socketUrl(stage.url), { token: ada.token })
      socket.on('error', () => {})
      socket.on('message', (data) => {
        answers += framesOf(String(data))?.filter(({ type }) => type === 5 || type === 9).length ?? 0
      })
      if (!(await until(() => socket.readyState === socket.OPEN, 5_000))) return
      stage.network.commits.holdInserts(heldMs)
      try {
        const isEndedMidway = sleep(random.between(20, 150)).then(async () => {
          const reply = await ask(stage.url, 'POST', '/api/friend/delete', bob.token, { target_id: ada.id })
          return reply?.code === 0 && answers < messages
        })
        for (let count = 1; count <= messages; count++) {
          const client_msg_id = `${ada.id}-${count}`
          socket.send(JSON.stringify(messageTo(userTarget(bob.id), client_msg_id, client_msg_id)))
          await sleep(12)
        }
        if (!(await isEndedMidway)) return
        const body = { conversations: [{ target_id: ada.id, after_seq: 0 }], limit: 200 }
        const reply = await ask(stage.url, 'POST', '/api/chat/sync', bob.token, body)
        const lastSeq = numberOf(listOf(reply?.data)[0], 'last_seq')
        if (Number.isNaN(lastSeq)) return
        const conversation = conversationOf(ada.id, userTarget(bob.id))
        workload.recording.conversations.set(conversation, [ada.id, bob.id])
        workload.recording.endings.push({ conversation, lastSeq })
        injected()
        await until(() => answers >= messages, 10_000)
      } finally {
        stage.network.commits.holdInserts(0)
        socket.close()
      }
    },
  },
]
