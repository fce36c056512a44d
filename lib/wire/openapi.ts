/** The OpenAPI 3.1 description of the API, generated from the schemas that validate the requests. */
import type * as z from 'zod/mini'
import { Envelope } from './envelope.ts'
import { type Json, type ObjectSchema, schemaOf, withNulls } from './json-schema.ts'
import { type Route, routes } from './route.ts'

const description = `One-to-one chat: accounts, friends, messages, presence.

Every reply is an envelope \`{code, msg, reason?, data?}\`: \`code\` is 0 on success, -1 if a rule refuses the request (HTTP
200), otherwise the HTTP status. \`reason\` is machine-readable; \`msg\` is human-readable, in Chinese, or in English if
\`Accept-Language\` prefers it. Real-time messages travel over the WebSocket at \`/api/ws?ticket=…\`, which has
[its own page](/swagger/ws.html); docs/wire-contract.md says what both promise.

一对一聊天：账号、好友、消息与在线状态。所有返回均为 \`{code, msg, reason?, data?}\`：\`code\` 为 0 表示成功，-1 表示被业务规则拒绝
（HTTP 200），其余与 HTTP 状态码相同。\`reason\` 供程序判断；\`msg\` 供人阅读，默认中文，\`Accept-Language\` 偏好英文时为英文。
实时消息经由 \`/api/ws?ticket=…\` 的 WebSocket 收发：见[实时接口页](/swagger/ws.html)；服务承诺见 docs/wire-contract.md。`

/** Describes all routes of the table. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = {}
  for (const [key, route] of Object.entries(routes)) {
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(path, route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'GoChat', version, description, license: { name: 'MIT', identifier: 'MIT' } },
    externalDocs: { description: 'WebSocket (AsyncAPI) · 实时接口', url: '/swagger/ws.html' },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(Object.keys(paths).map(tagOf))].map((name) => ({ name })),
    paths,
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  }
}

const tagOf = (path: string): string => path.split('/')[2] ?? 'api'

function operation(path: string, { summary, isPublic, body, file, query, data }: Route): Json {
  return {
    tags: [tagOf(path)],
    summary: `${summary.en} · ${summary.zh}`,
    ...(isPublic && { security: [] }),
    ...(query && { parameters: parameters(schemaOf(query, 'input')) }),
    ...(body && { requestBody: { required: true, content: json(withNulls(schemaOf(body, 'input'))) } }),
    ...(file !== undefined && { requestBody: { required: true, content: form(file) } }),
    responses: {
      200: { description: 'Success (`code` 0), or refused by a rule (`code` -1)', content: json(enveloped(data)) },
      ...((body || file || query) && {
        400: { description: 'Malformed or invalid input', content: json(enveloped()) },
      }),
      ...(!isPublic && {
        401: {
          description: 'The token is missing, invalid or expired, or its session has ended',
          content: json(enveloped()),
        },
      }),
      ...(body && { 413: { description: 'The body is larger than 256 KiB', content: json(enveloped()) } }),
      ...(file !== undefined && { 413: { description: 'The file is larger than 4 MB', content: json(enveloped()) } }),
      429: { description: 'Too many requests; retry after `Retry-After` seconds', content: json(enveloped()) },
      500: { description: 'Internal error; the reply has a `request_id`', content: json(enveloped()) },
      503: { description: 'A dependency is down; retry after `Retry-After` seconds', content: json(enveloped()) },
    },
  }
}

/** One parameter for each member. What binds several of them takes one whose members are sent as if they were parameters. */
function parameters(schema: ObjectSchema): Json[] {
  const { properties = {}, required = [], not } = schema
  if (not !== undefined)
    return [{ name: 'query', in: 'query', required: required.length > 0, style: 'form', explode: true, schema }]
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

const json = (schema: Json): Json => ({ 'application/json': { schema } })

const form = (file: string): Json => ({
  'multipart/form-data': {
    schema: {
      type: 'object',
      properties: { [file]: { type: 'string', contentMediaType: 'application/octet-stream', maxLength: 4 * 2 ** 20 } },
      required: [file],
    },
  },
})
