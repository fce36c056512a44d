/** Programs that check a deployment and are no packages of Node's. */
import { join, resolve } from 'node:path'
import { command, hashOf, ready, type Tool, virtualEnvironment } from '../support/tool.ts'

// The version of what has no releases.
const runtime =
  'github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie@v0.0.0-20261030222936-bef5c4ba774d'
const client = 'aws-lambda-ric@4.0.2'

export interface Tools {
  /** cfn-lint and checkov, in a virtual environment of Python's. */
  linters: Tool
  /** Lambda's own emulator of the Runtime API, and its client for Node. */
  runtime: Tool
  client: Tool
  /** An emulator of AWS, in another virtual environment. */
  emulator: Tool
}

/** Makes what is not there yet. */
export async function readyTools(say: (line: string) => void): Promise<Tools> {
  const go = (folder: string) => command('go', ['install', runtime], { GOBIN: folder })
  // With the Node that will run it, as it is compiled for one.
  const npm = (folder: string) =>
    command('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, client], {
      PATH: `${resolve(process.execPath, '..')}:${process.env.PATH}`,
    })
  const [linters, emulator, runtimeTool, clientTool] = await Promise.all([
    virtualEnvironment('lint', join(import.meta.dirname, 'requirements-lint.txt'), say),
    virtualEnvironment('emulator', join(import.meta.dirname, 'emulator/requirements.txt'), say),
    ready(`runtime-${hashOf(runtime)}`, say, go),
    ready(`client-${hashOf(`${client} ${process.version}`)}`, say, npm),
  ])
  return { linters, runtime: runtimeTool, client: clientTool, emulator }
}
