/**
 * AWS's own emulator of the Runtime API and AWS's own client in front of the handler.
 * https://github.com/aws/aws-lambda-runtime-interface-emulator, https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
import { execFileSync } from 'node:child_process'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { PortLost } from '../../../infra/services/failure.ts'
import { onFreePorts } from '../../../infra/services/port.ts'
import { end, launch } from '../../../infra/services/process.ts'
import { lambdaEnvironment, type Reply, type Running, type Start } from './running.ts'

const path = '/2015-03-31/functions/function/invocations'

/** How functions are started by the two programs. */
export function startOfficial(emulator: string, client: string): Start {
  return (starting) => onFreePorts([9002, 9001], ([port = 0, runtimePort = 0]) => startOn(port, runtimePort, starting))

  async function startOn(port: number, runtimePort: number, starting: Parameters<Start>[0]): Promise<Running> {
    const addresses = ['--runtime-interface-emulator-address', `127.0.0.1:${port}`]
    addresses.push('--runtime-api-address', `127.0.0.1:${runtimePort}`)
    // Else it takes the function's LOG_LEVEL for its own.
    const child = launch(emulator, [...addresses, '--log-level', 'info', process.execPath, client, starting.handler], {
      cwd: starting.folder,
      env: lambdaEnvironment(starting),
      output: 'pipe',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
    const ended = Promise.withResolvers<never>()
    ended.promise.catch(() => undefined)
    child.once('close', (code) => {
      const Failure = output.includes('address already in use') ? PortLost : Error
      ended.reject(new Failure(`the emulator ended with ${code}: ${output}`))
    })
    while (!(await isListening(port))) await Promise.race([pause(20), ended.promise])
    const agent = new Agent({ keepAlive: true })
    const signal = (name: NodeJS.Signals): void => {
      for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, name)
    }

    return {
      invoke: (event) => Promise.race([invoke(port, agent, event), ended.promise]),
      freeze: () => signal('SIGSTOP'),
      thaw: () => signal('SIGCONT'),
      async stop() {
        agent.destroy()
        await end(child, 0)
      },
    }
  }
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** The emulator starts the runtime itself, at the first invocation. */
function childrenOf(pid: number): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
  return listed.split('\n').flatMap((line) => (line.includes(process.execPath) ? [Number.parseInt(line, 10)] : []))
}

function invoke(port: number, agent: Agent, event: unknown): Promise<Reply> {
  return new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString('utf8')
      try {
        const payload: unknown = text === '' ? null : JSON.parse(text)
        done({ payload, isError: typeof payload === 'object' && payload !== null && 'errorType' in payload })
      } catch {
        done({ payload: text, isError: true })
      }
    })
    sent.once('error', fail)
    sent.end(JSON.stringify(event))
  })
}
