/** JSON Schemas of what crosses the boundary, for the descriptions of both APIs. */
import * as z from 'zod/mini'

export type Json = Record<string, unknown>

export interface ObjectSchema extends Json {
  properties?: Record<string, Json>
  required?: string[]
}

/** A member that is null counts as absent, unless it is required. */
export function withNulls(schema: ObjectSchema): ObjectSchema {
  const { properties = {}, required = [] } = schema
  const nullable = (name: string, property: Json): Json =>
    required.includes(name) ? property : { anyOf: [property, { type: 'null' }] }
  const members = Object.entries(properties).map(([name, property]) => [name, nullable(name, property)])
  return { ...schema, properties: Object.fromEntries(members) }
}

/** What is sent to the service (`input`), or by it. Members that it does not name may come. */
export function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output', target?: 'draft-7'): ObjectSchema {
  const {
    $schema: _dialect,
    additionalProperties: _open,
    ...rest
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any', ...(target && { target }) })
  return rest as ObjectSchema
}
