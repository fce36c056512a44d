/** The AsyncAPI 3 description of the socket, generated from the schemas of frames. */
import { clientFrames, type FrameRow, serverFrames } from './frame-table.ts'
import { mostSeconds, usualSeconds } from './interval.ts'
import { type Json, type ObjectSchema, schemaOf, withNulls } from './json-schema.ts'

const description = `Real-time messages of GoChat: docs/wire-contract.md says what is promised.

A frame is one JSON object in a text message, of at most 32 KiB, and \`type\` says which. Ignore types and members that you
do not know. A member that is null counts as absent. Operations are named as the service sees them: it receives what
clients send. An object without \`type\` is an error of the gateway, and means what \`retryable\` means.

实时消息：每条文本消息是一个 JSON 帧，不超过 32 KiB，由 \`type\` 区分；请忽略未知的类型与字段，值为 null 的字段视为不存在。
操作以服务端视角命名：receive 为客户端发送的帧，send 为服务端推送的帧。服务承诺见 docs/wire-contract.md。`

const ref = (path: string) => ({ $ref: `#/${path}` })
const onChannel = (name: string) => ref(`channels/socket/messages/${name}`)

export interface MessageObject {
  name: string
  title: string
  summary: string
  description?: string
  payload: ObjectSchema
  examples: { payload: Json }[]
}

export interface Operation {
  action: 'send' | 'receive'
  channel: Json
  summary: string
  messages: { $ref: string }[]
  reply?: { channel: Json; messages: { $ref: string }[] }
}

/** Describes all frames of the tables. */
export function asyncApi(version: string) {
  const messages = { ...fromClient(), ...fromServer() }
  const names = Object.keys(messages)
  return {
    asyncapi: '3.0.0',
    info: { title: 'GoChat WebSocket', version, description, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: servers(),
    channels: {
      socket: {
        address: '/api/ws',
        summary: summaryOf({ en: 'One connection of a device', zh: '一个设备的连接' }),
        messages: Object.fromEntries(names.map((name) => [name, ref(`components/messages/${name}`)])),
        bindings: { ws: { method: 'GET', query: query(), bindingVersion: '0.1.0' } },
      },
    },
    operations: operations(),
    components: { messages, securitySchemes },
  }
}

const summaryOf = ({ en, zh }: FrameRow['summary']): string => `${en} · ${zh}`

const securitySchemes = {
  ticket: {
    type: 'httpApiKey',
    name: 'ticket',
    in: 'query',
    description: 'From `POST /api/ws/ticket`; opens one socket within 30 s. It counts before any token.',
  },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'From `POST /api/user/login`.' },
  token: {
    type: 'httpApiKey',
    name: 'token',
    in: 'query',
    description: 'The same in the address, unless switched off.',
  },
  cookie: { type: 'httpApiKey', name: 'token', in: 'cookie', description: 'The same, from configured origins only.' },
}

function servers() {
  const security = Object.keys(securitySchemes).map((name) => ref(`components/securitySchemes/${name}`))
  return {
    local: { host: 'localhost:8080', protocol: 'ws', description: 'As `npm start` serves it', security },
    deployed: {
      host: '{host}',
      protocol: 'wss',
      description: 'A stage behind its edge',
      variables: { host: { description: 'the domain that `npm run deploy` prints' } },
      security,
    },
  }
}

/** Of the upgrade. */
function query(): ObjectSchema {
  return {
    type: 'object',
    properties: {
      ticket: { type: 'string', description: 'counts once, and before any token; see `POST /api/ws/ticket`' },
      token: { type: 'string', description: 'a token, as GoChat’s web clients send it; a ticket is better' },
      frames: { const: 'batch', description: 'the client takes JSON arrays of frames in one message, too' },
      heartbeat: {
        type: 'integer',
        minimum: usualSeconds,
        maximum: mostSeconds,
        default: usualSeconds,
        description: 'how many seconds the client will be silent between heartbeats',
      },
    },
  }
}

function messageOf(name: string, row: FrameRow, payload: ObjectSchema): MessageObject {
  return {
    name,
    title: `Type ${row.example.type}: ${name}`,
    summary: summaryOf(row.summary),
    ...(row.description !== undefined && { description: row.description }),
    payload,
    examples: [{ payload: row.example }],
  }
}

function fromClient(): Record<string, MessageObject> {
  const rows = Object.entries(clientFrames).map(([name, row]) => {
    const { properties, required = [], ...rest } = withNulls(schemaOf(row.schema, 'input', 'draft-7'))
    const type = { type: 'number', const: row.type }
    const payload = { ...rest, properties: { type, ...properties }, required: ['type', ...required] }
    return [name, messageOf(name, row, payload)]
  })
  return Object.fromEntries(rows)
}

function fromServer(): Record<string, MessageObject> {
  const rows = Object.entries(serverFrames).map(([name, row]) => [
    name,
    messageOf(name, row, schemaOf(row.schema, 'output', 'draft-7')),
  ])
  return Object.fromEntries(rows)
}

function operations(): Record<string, Operation> {
  const channel = ref('channels/socket')
  const received = Object.entries(clientFrames).map(([name, row]) => {
    const answers = [...('answers' in row ? row.answers : []), 'refused', 'resync']
    const reply = { channel, messages: answers.map(onChannel) }
    const operation = {
      action: 'receive',
      channel,
      summary: summaryOf(row.summary),
      messages: [onChannel(name)],
      reply,
    }
    return [name, operation]
  })
  const sent = Object.entries(serverFrames)
    .filter(([, row]) => 'isPushed' in row)
    .map(([name, row]) => [
      name,
      { action: 'send', channel, summary: summaryOf(row.summary), messages: [onChannel(name)] },
    ])
  return Object.fromEntries([...received, ...sent])
}
