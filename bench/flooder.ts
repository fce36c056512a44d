/** One person who sends without end, in a thread of its own. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { WebSocket } from 'ws'
import { connect } from '../infra/client/socket.ts'

export interface Flood {
  base: string
  token: string
  /** Sent so often a second, on all sockets together. */
  frame: string
  perSecond: number
  /** Open at the same time. */
  sockets: number
  /** Each socket that the service closes or refuses is opened again, as soon as that may go well. */
  comesBack: boolean
}

/** What became of a flood. */
export interface Flooded {
  sent: number
  /** Sockets that the service has closed. */
  cut: number
  /** Upgrades that it has refused. */
  refused: number
}

const stepMs = 10
const maxBufferedBytes = 4 * 1024 * 1024

async function flood({ base, token, frame, perSecond, sockets: count, comesBack }: Flood): Promise<void> {
  const flooded: Flooded = { sent: 0, cut: 0, refused: 0 }
  const open = new Set<WebSocket>()
  let isOver = false

  async function keepOne(): Promise<void> {
    do {
      try {
        const socket = await connect(base, { token }, () => {})
        const closed = new Promise((resolve) => socket.once('close', resolve))
        open.add(socket)
        await closed
        open.delete(socket)
        if (!isOver) flooded.cut += 1
      } catch {
        flooded.refused += 1
        await sleep(1_000)
      }
    } while (comesBack && !isOver)
  }

  async function send(): Promise<void> {
    let due = 0
    for (let begun = performance.now(); !isOver; await sleep(stepMs)) {
      const now = performance.now()
      due = Math.min(due + ((now - begun) * perSecond) / 1_000, perSecond)
      begun = now
      const ready = [...open].filter((one) => one.readyState === one.OPEN && one.bufferedAmount < maxBufferedBytes)
      if (ready.length === 0) continue
      for (; due >= 1; due--, flooded.sent++) ready[flooded.sent % ready.length]?.send(frame)
    }
  }

  for (let opened = 0; opened < count; opened++) void keepOne()
  void send()
  await told()
  isOver = true
  for (const socket of open) socket.terminate()
  parentPort?.postMessage(flooded)
}

const told = (): Promise<unknown> => new Promise((resolve) => parentPort?.once('message', resolve))

// Loading this code takes the machine for a moment, which is no part of the flood.
parentPort?.postMessage('loaded')
await told()
await flood(workerData as Flood)
