/** The table of routes, the deployed events and the handlers say the same. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { routes } from '../../lib/wire/route.ts'

const root = new URL('../../', import.meta.url)
const Functions = z.record(
  z.string(),
  z.object({ handler: z.string(), events: z.optional(z.array(z.looseObject({ httpApi: z.optional(z.string()) }))) }),
)
const Handler = z.custom<object>((value) => typeof value === 'function')
const Shape = z.object({ body: z.optional(z.unknown()), query: z.optional(z.unknown()) })

const functions = readdirSync(new URL('infra/functions/', root))
  .map((file) => Functions.parse(parse(readFileSync(new URL(`infra/functions/${file}`, root), 'utf8'))))
  .flatMap((table) => Object.entries(table).map(([name, { handler, events = [] }]) => ({ name, handler, events })))

const deployed = functions
  .flatMap(({ name, handler, events }) => events.map(({ httpApi }) => ({ name, route: httpApi ?? '*', handler })))
  .filter(({ route }) => route !== '*')

async function handlerOf(path: string): Promise<object> {
  const module: unknown = await import(new URL(path.replace(/\.handler$/, '.ts'), root).href)
  return z.object({ handler: Handler }).parse(module).handler
}

describe('the routes', () => {
  it('are those that are deployed, each once', () => {
    expect(deployed.map(({ route }) => route).sort()).toEqual(Object.keys(routes).sort())
  })

  it.each(deployed)('$route is checked by the schemas of the table, in $handler', async ({ route, handler }) => {
    const listed = Object.entries(routes).find(([key]) => key === route)?.[1]
    const shape =
      'shape' in (await handlerOf(handler)) ? Shape.parse(Reflect.get(await handlerOf(handler), 'shape')) : {}
    expect(shape.body).toBe(listed?.body)
    expect(shape.query).toBe(listed?.query)
  })
})

describe('the functions', () => {
  it.each(functions)('$name is named after its file', async ({ name, handler }) => {
    expect(typeof (await handlerOf(handler))).toBe('function')
    const words = handler.replace(/^functions\/|\.handler$/g, '').split(/[/-]/)
    expect(name).toBe(
      words.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join(''),
    )
  })
})
