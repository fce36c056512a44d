/** Validates the input of a route by its schemas. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type * as z from 'zod/mini'
import { checked } from '../input.ts'
import type { WithJson } from './json-body.ts'

/** The schemas of what a route accepts. */
export interface Schemas<Body, Query> {
  body?: z.ZodMiniType<Body>
  query?: z.ZodMiniType<Query>
}

/** Validated input; undefined where the route has no schema. */
export interface Input<Body, Query> {
  body: Body
  query: Query
}

export interface Validated<Body, Query> {
  input: Input<Body, Query>
}

/** Validates the parsed body and the query. @throws Refusal INVALID_INPUT */
export function validate<Body, Query>(
  schemas: Schemas<Body, Query>,
): MiddlewareObj<APIGatewayProxyEventV2 & WithJson & Validated<Body, Query>> {
  return {
    before({ event }) {
      event.input = {
        body: parsed(schemas.body, event.json, 'body'),
        query: parsed(schemas.query, event.queryStringParameters ?? {}, 'query'),
      }
    },
  }
}

const parsed = <T>(schema: z.ZodMiniType<T> | undefined, value: unknown, name: string): T =>
  schema ? checked(schema, value, 'INVALID_INPUT', name) : (undefined as T)
