/**
 * A socket at the terminal: prints each message received, and sends each line typed. The first reply is a pong.
 *
 *     node_modules/.bin/node infra/talk.ts http://localhost:8080 TOKEN
 */
import { createInterface } from 'node:readline'
import { dial, socketUrl } from './client/socket.ts'

const [base = '', token] = process.argv.slice(2)
const socket = dial(socketUrl(base), { token })
socket.on('open', () => {
  socket.send('{"type":0,"ping":1}')
  createInterface(process.stdin).on('line', (line) => socket.send(line.trim()))
})
socket.on('message', (data) => console.log(String(data)))
socket.on('error', ({ message }) => console.error(message))
socket.on('close', (code) => process.exit(code === 1000 ? 0 : 1))
