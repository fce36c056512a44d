/**
 * A chat in the terminal, for people and for scripts.
 *
 *     npm run chat -- --as ada --to bob
 *     npm run chat -- --help
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readPort } from '../../infra/address.ts'
import { ChatError } from '../client/src/index.ts'
import { type ChatOptions, readOptions, usage } from './options.ts'
import { readPassword } from './password.ts'
import { runScript } from './script.ts'
import { Talk } from './talk.ts'
import { runTerminal } from './terminal.ts'

const exitCodes: Readonly<Record<string, number>> = { UNREACHABLE: 4, UNAVAILABLE: 4, FAULT: 4 }

function fail(message: string, code: number): never {
  console.error(message)
  process.exit(code)
}

function options(): ChatOptions {
  try {
    const read = readOptions(process.argv.slice(2))
    if (read) return read
  } catch (error) {
    fail(`${error instanceof Error ? error.message : error}\n\n${usage}`, 2)
  }
  console.log(usage)
  process.exit(0)
}

/** Where the last `npm start` answers. */
function urlOfMachine(): string {
  for (const file of ['../../.services/environment', '../../.env']) {
    const path = join(import.meta.dirname, file)
    if (existsSync(path)) process.loadEnvFile(path)
  }
  return `http://127.0.0.1:${readPort(process.env.PORT)}`
}

async function open({ as, isNew, url = urlOfMachine() }: ChatOptions): Promise<Talk> {
  const password = await readPassword(`Password of ${as}: `)
  if (password === undefined) fail('Give the password in CHAT_PASSWORD: there is no terminal to ask at.', 2)
  try {
    return await Talk.open(url, as, password, isNew)
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    const { reason } = error
    if (reason === 'UNREACHABLE') fail(`Nothing answers at ${url}. Is npm start running?`, 4)
    if (reason === 'BAD_CREDENTIALS') fail(`No account is named ${as}, or the password is wrong. --new creates one.`, 3)
    return fail(error.message, exitCodes[reason] ?? 3)
  }
}

const given = options()
const talk = await open(given)
const isPerson = process.stdin.isTTY && !given.isJson
if (!isPerson && !given.isJson && !given.to) fail('--to says to whom the lines go, or use --json.', 2)
const code = await (isPerson ? runTerminal(talk, given) : runScript(talk, given))
talk.chat.close()
process.exit(code)
