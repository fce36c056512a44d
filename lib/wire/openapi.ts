/** The API's description (OpenAPI 3.1), generated from the schemas that check the requests. */
import * as z from 'zod/mini'
import { Envelope } from './envelope.ts'
import { type Route, routes } from './route.ts'

type Json = Record<string, unknown>

const description = `One-to-one chat: accounts, friends, messages, presence.

Every reply is an envelope \`{code, msg, reason?, data?}\`: \`code\` is 0 on success, -1 when a rule says no (HTTP 200),
otherwise the HTTP status. \`reason\` is for programs; \`msg\` is for people, in Chinese, or in English when
\`Accept-Language\` prefers it. Real-time messages travel over the WebSocket at \`/api/ws?token=…\`; see the README.

一对一聊天：账号、好友、消息与在线状态。所有返回均为 \`{code, msg, reason?, data?}\`，\`code\` 为 0 表示成功。实时消息经由
\`/api/ws?token=…\` 的 WebSocket 收发。`

/** The document for all routes of the table. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = {}
  for (const [key, route] of Object.entries(routes)) {
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(path, route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'GoChat', version, description, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(Object.keys(paths).map(tagOf))].map((name) => ({ name })),
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  }
}

const tagOf = (path: string): string => path.split('/')[2] ?? 'api'

function operation(path: string, { summary, open, body, query, data }: Route): Json {
  return {
    tags: [tagOf(path)],
    summary: `${summary.en} · ${summary.zh}`,
    ...(open && { security: [] }),
    ...(query && { parameters: parameters(schemaOf(query, 'input')) }),
    ...(body && { requestBody: { required: true, content: json(schemaOf(body, 'input')) } }),
    responses: {
      200: { description: 'Success, or a rule that says no (`code` -1)', content: json(enveloped(data)) },
      ...((body || query) && { 400: { description: 'Malformed or invalid input', content: json(enveloped()) } }),
      ...(!open && { 401: { description: 'No token, or one that does not count', content: json(enveloped()) } }),
      ...(body && { 413: { description: 'A body over 256 KiB', content: json(enveloped()) } }),
      429: { description: 'Too many requests; try again after `Retry-After` seconds', content: json(enveloped()) },
      500: { description: 'A fault on our side; the reply carries `request_id`', content: json(enveloped()) },
      503: { description: 'A dependency is down; try again after `Retry-After` seconds', content: json(enveloped()) },
    },
  }
}

function parameters(schema: Json): Json[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }))
}

function enveloped(data?: z.core.$ZodType): Json {
  const envelope = schemaOf(Envelope, 'output')
  const { properties, ...rest } = envelope as { properties: Record<string, Json> }
  const { data: _any, ...others } = properties
  return { ...rest, properties: { ...others, ...(data && { data: schemaOf(data, 'output') }) } }
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const {
    $schema: _dialect,
    additionalProperties: _open,
    ...rest
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

const json = (schema: Json): Json => ({ 'application/json': { schema } })
