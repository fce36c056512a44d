/** The page of the socket: the AsyncAPI description as plain HTML, without scripts, which its headers would not let run. */
import type { asyncApi, MessageObject, Operation } from '../lib/wire/asyncapi.ts'
import type { Json, ObjectSchema } from '../lib/wire/json-schema.ts'

type Description = ReturnType<typeof asyncApi>

/** Writes the page, which links to `ws.css`, `asyncapi.json` and the page of the HTTP API beside it. */
export function socketPage(description: Description): string {
  const { info, operations, components } = description
  const ofAction = (action: Operation['action']): Operation[] =>
    Object.values(operations).filter((operation) => operation.action === action)
  const sent = ofAction('receive').flatMap((operation) => messagesOf(components.messages, operation.messages))
  const received = Object.values(components.messages).filter((message) => !sent.includes(message))
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${text(info.title)}</title>
  <link rel="stylesheet" href="ws.css">
  <link rel="icon" href="favicon-32x32.png">
</head>
<body>
<header>
  <h1>${text(info.title)} <small>${text(info.version)} · AsyncAPI ${text(description.asyncapi)}</small></h1>
  <p><a href="index.html">HTTP API (OpenAPI)</a> · <a href="asyncapi.json">asyncapi.json</a></p>
  ${info.description.split('\n\n').map(paragraph).join('\n  ')}
</header>
<nav aria-label="Frames">
  ${list('From the client · 客户端发送', sent)}
  ${list('From the server · 服务端发送', received)}
</nav>
<main>
${connection(description)}
<h2>From the client · 客户端发送</h2>
${sent.map((message) => frame(message, answersOf(description, message.name))).join('\n')}
<h2>From the server · 服务端发送</h2>
${received.map((message) => frame(message)).join('\n')}
</main>
</body>
</html>
`
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const text = (value: unknown): string => String(value).replace(/[&<>"']/g, (character) => escapes[character] ?? '')

/** Text with `code` in it. */
const prose = (value: unknown): string => text(value).replace(/`([^`]+)`/g, '<code>$1</code>')
const paragraph = (value: string): string => `<p>${prose(value)}</p>`

function messagesOf(messages: Record<string, MessageObject>, refs: readonly { $ref: string }[]): MessageObject[] {
  const names = refs.map(({ $ref }) => $ref.split('/').at(-1) ?? '')
  return names.flatMap((name) => messages[name] ?? [])
}

const answersOf = ({ operations, components }: Description, name: string): MessageObject[] =>
  messagesOf(components.messages, operations[name]?.reply?.messages ?? [])

const link = ({ name, title }: MessageObject): string => `<a href="#${text(name)}">${text(title)}</a>`

const list = (heading: string, messages: readonly MessageObject[]): string =>
  `<h2>${text(heading)}</h2>\n  <ul>${messages.map((one) => `<li>${link(one)}</li>`).join('')}</ul>`

/** How a socket is opened: addresses, parameters, and what lets one in. */
function connection({ servers, channels, components }: Description): string {
  const { address, bindings } = channels.socket
  const addresses = Object.values(servers).map(
    ({ protocol, host, description }) =>
      `<li><code>${text(`${protocol}://${host}${address}`)}</code> ${prose(description)}</li>`,
  )
  const schemes = Object.entries(components.securitySchemes).map(
    ([name, { description }]) => `<li><code>${text(name)}</code> ${prose(description)}</li>`,
  )
  return `<section id="connection">
<h2>Connect · 连接</h2>
<ul>${addresses.join('')}</ul>
<h3>One of these lets you in · 凭证（任选其一）</h3>
<ul>${schemes.join('')}</ul>
<h3>Query · 连接参数</h3>
${table(bindings.ws.query)}
</section>`
}

function frame(message: MessageObject, answers: readonly MessageObject[] = []): string {
  const { name, title, summary, description, payload, examples } = message
  return `<section id="${text(name)}">
<h3><a href="#${text(name)}">${text(title)}</a></h3>
<p class="summary">${prose(summary)}</p>
${description === undefined ? '' : paragraph(description)}
${table(payload)}
${examples.map((example) => `<pre><code>${text(JSON.stringify(example.payload, null, 2))}</code></pre>`).join('\n')}
${answers.length === 0 ? '' : `<p>May be answered by · 可能的应答: ${answers.map(link).join(', ')}</p>`}
</section>`
}

function table({ properties = {}, required = [] }: ObjectSchema): string {
  const rows = Object.entries(properties).map(([name, property]) => {
    const mark = required.includes(name) ? '' : ' <small>optional</small>'
    return `<tr><td><code>${text(name)}</code>${mark}</td><td>${text(kind(property))}</td><td>${prose(about(property))}</td></tr>`
  })
  return `<div class="table"><table>
<thead><tr><th>Member</th><th>Value</th><th>Meaning</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>`
}

const partsOf = ({ anyOf }: Json): Json[] => (Array.isArray(anyOf) ? anyOf : [])

/** A property's description, or that of its only part that has one. */
const about = (property: Json): unknown =>
  property.description ?? partsOf(property).find((part) => part.description !== undefined)?.description ?? ''

/** The values of a property, in words. Null is left out: the head of the page says what it means. */
function kind(property: Json): string {
  const parts = partsOf(property).filter(({ type }) => type !== 'null')
  if (parts.length > 0) return parts.map(kind).join(' or ')
  if (property.const !== undefined) return JSON.stringify(property.const)
  if (Array.isArray(property.enum)) return property.enum.map((value) => JSON.stringify(value)).join(' or ')
  const { type, minimum, maximum, minLength, maxLength, default: usual } = property
  const length = range(minLength, maxLength)
  return [
    [type].flat().join(' or '),
    ...range(minimum, maximum),
    ...length.map((words) => `length ${words}`),
    ...(usual === undefined ? [] : [`default ${usual}`]),
  ].join(', ')
}

/** The range in words, if there is one. The bounds of all integers are none. */
function range(low: unknown, high: unknown): string[] {
  const [from, to] = [low, high].map((bound) => (Number.isSafeInteger(bound) && !isLast(bound) ? bound : undefined))
  if (from === undefined) return to === undefined ? [] : [`at most ${to}`]
  return [to === undefined ? `at least ${from}` : `${from} to ${to}`]
}

const isLast = (bound: unknown): boolean => Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER
