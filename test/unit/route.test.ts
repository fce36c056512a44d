/** The table of routes, the deployed functions and their handlers agree. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { functions as http, localFunctions, nameOf } from '../../infra/functions/http.ts'
import { routes } from '../../lib/wire/route.ts'

const root = new URL('../../', import.meta.url)
const Functions = z.record(z.string(), z.looseObject({ handler: z.string() }))
const Handler = z.custom<object>((value) => typeof value === 'function')
const Shape = z.object({ body: z.optional(z.unknown()), query: z.optional(z.unknown()) })

const others = readdirSync(new URL('infra/functions/', root))
  .filter((file) => file.endsWith('.yml'))
  .map((file) => Functions.parse(parse(readFileSync(new URL(`infra/functions/${file}`, root), 'utf8'))))
const functions = [http, ...others]
  .flatMap((table) => Object.entries(table))
  .map(([name, { handler }]) => ({ name, path: handler.replace(/\.handler$/, '.ts') }))

const routesIn = (table: typeof http) =>
  Object.values(table)
    .flatMap(({ handler, events }) => events.map(({ httpApi }) => ({ route: httpApi, handler })))
    .filter(({ route }) => route !== '*')
const deployed = routesIn(http)

async function handlerOf(path: string): Promise<object> {
  const module: unknown = await import(new URL(path.replace(/\.handler$/, '.ts'), root).href)
  return z.object({ handler: Handler }).parse(module).handler
}

describe('the routes', () => {
  it('are those that are deployed, each once', () => {
    expect(deployed.map(({ route }) => route).sort()).toEqual(Object.keys(routes).sort())
  })

  it.each(deployed)('$route is validated by the schemas of the table, in $handler', async ({ route, handler }) => {
    const listed = Object.entries(routes).find(([key]) => key === route)?.[1]
    const shape = Shape.parse(Reflect.get(await handlerOf(handler), 'shape'))
    expect(shape.body).toBe(listed?.body)
    expect(shape.query).toBe(listed?.query)
  })
})

it('those that look at pictures have the memory for it, and no others', () => {
  const looks = /service\/media\/(avatar|download|when-needed)\.ts/
  const wanted = functions.filter(({ path }) => looks.test(readFileSync(new URL(path, root), 'utf8')))
  const large = Object.entries(http).filter(([, { memorySize = 512 }]) => memorySize > 1_024)
  expect(large.map(([name]) => name).sort()).toEqual(wanted.map(({ name }) => name).sort())
  expect(large.length).toBeGreaterThan(3)
})

describe('health', () => {
  const handlerIn = (table: typeof http) => routesIn(table).find(({ route }) => route === 'GET /api/health')?.handler

  it('is that of the stores on a machine, and of the functions alone where everybody may ask', () => {
    expect(handlerIn(localFunctions)).toBe('functions/operations/check.handler')
    expect(handlerIn(http)).toBe('functions/operations/health.handler')
    expect(routesIn(localFunctions).filter((one) => !one.route.includes('health'))).toEqual(
      routesIn(http).filter((one) => !one.route.includes('health')),
    )
  })

  it('asks no store where deployed: nothing is there to ask it with', () => {
    expect(readFileSync(new URL('functions/operations/health.ts', root), 'utf8')).not.toMatch(/lib\/(client|service)/)
  })
})

describe('the functions', () => {
  it('are the files in functions/, each deployed once', () => {
    const files = readdirSync(new URL('functions/', root), { recursive: true, encoding: 'utf8' })
    expect(functions.map(({ path }) => path).sort()).toEqual(
      files
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `functions/${file}`)
        .sort(),
    )
  })

  it.each(functions)('$name is named after its file', async ({ name, path }) => {
    expect(typeof (await handlerOf(path))).toBe('function')
    expect(name).toBe(nameOf(path.replace(/^functions\/|\.ts$/g, '')))
  })

  it.each(functions)('$name runs on the stack of its entry', ({ path }) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toMatch(
      /from '\.\.\/\.\.\/lib\/entry\/(http|public|operator|socket|authorizer|stream|task)\.ts'/,
    )
  })
})
