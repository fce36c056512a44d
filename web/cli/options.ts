/** What the command line says. */
import { parseArgs } from 'node:util'

export const usage = `A chat in the terminal, and for scripts.

  npm run chat -- --as ada                     talk: /help lists what can be done
  npm run chat -- --as ada --to bob            with bob
  echo Hello | npm run -s chat -- --as ada --to bob
                                               each line is a message; ends when all are stored
  npm run -s chat -- --as ada --json           JSON lines in and out: {"to": "bob", "content": "Hello"}

  --new               create the account first
  --url URL           of the service: by default that of the last npm start
  --history N         show the last N messages with --to (20 for people, 0 for scripts)
  --wait SECONDS      scripts: stay so long after the end of the input; "forever" until Ctrl-C (0)
  --json              one JSON object a line, in and out

The password is asked for, or taken from the variable CHAT_PASSWORD.

Exit codes: 0 all is stored, 1 a message was refused, 2 wrong usage, 3 not signed in, 4 not reached in time.`

export interface ChatOptions {
  as: string
  to: string | undefined
  isNew: boolean
  url: string | undefined
  /** Messages; undefined: as usual for this kind of use. */
  history: number | undefined
  /** Seconds; may be Infinity. */
  wait: number
  isJson: boolean
}

/** @throws Error that says what is wrong. @returns undefined if only help was asked for. */
export function readOptions(args: readonly string[]): ChatOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      as: { type: 'string' },
      to: { type: 'string' },
      new: { type: 'boolean', default: false },
      url: { type: 'string' },
      history: { type: 'string' },
      wait: { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  if (!values.as) throw new Error('--as says whose account it is, such as --as ada.')
  return {
    as: values.as,
    to: values.to,
    isNew: values.new,
    url: values.url === undefined ? undefined : urlOf(values.url),
    history: values.history === undefined ? undefined : count('--history', values.history),
    wait: values.wait === 'forever' ? Number.POSITIVE_INFINITY : count('--wait', values.wait),
    isJson: values.json,
  }
}

function count(name: string, text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw new Error(`${name} must be a whole number up to 99999, not ${text}.`)
}

function urlOf(text: string): string {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return url.origin
  throw new Error(`--url must be an address such as http://localhost:8080, not ${text}.`)
}
