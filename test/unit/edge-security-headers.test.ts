/** Security headers: a laptop's replies have those that CloudFront adds when deployed. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { apiHeaders, apiPageHeaders, fileHeaders, pageHeaders } from '../../infra/local/edge/security-headers.ts'
import { edge } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

const customTags = ['Ref', 'Sub', 'GetAtt', 'ImportValue'].flatMap((name) => [
  { tag: `!${name}`, resolve: (text: string) => text },
  { tag: `!${name}`, collection: 'seq' as const, resolve: (list: { toJSON(): unknown }) => list.toJSON() },
])
const template = readFileSync(join(import.meta.dirname, '../../infra/resources/edge.yml'), 'utf8')
const { Resources } = parse(template, { customTags, merge: true })

const Policy = z.object({
  SecurityHeadersConfig: z.strictObject({
    ContentTypeOptions: z.object({}),
    FrameOptions: z.object({ FrameOption: z.string() }),
    ReferrerPolicy: z.object({ ReferrerPolicy: z.string() }),
    StrictTransportSecurity: z.object({ AccessControlMaxAgeSec: z.number(), IncludeSubdomains: z.literal(true) }),
    ContentSecurityPolicy: z.object({ ContentSecurityPolicy: z.string() }),
  }),
  CustomHeadersConfig: z.object({ Items: z.array(z.object({ Header: z.string(), Value: z.string() })) }).optional(),
})

/** What a policy adds over plain HTTP. */
function deployed(name: string): Record<string, string> {
  const policy = Policy.parse(Resources[name].Properties.ResponseHeadersPolicyConfig)
  const { FrameOptions, ReferrerPolicy, ContentSecurityPolicy } = policy.SecurityHeadersConfig
  return {
    'x-content-type-options': 'nosniff',
    'x-frame-options': FrameOptions.FrameOption,
    'referrer-policy': ReferrerPolicy.ReferrerPolicy,
    'content-security-policy': ContentSecurityPolicy.ContentSecurityPolicy,
    ...Object.fromEntries((policy.CustomHeadersConfig?.Items ?? []).map(({ Header, Value }) => [Header, Value])),
  }
}

test('the policies of the stack say the same, and ask for HTTPS for a year', () => {
  expect(deployed('ApiHeaders')).toEqual(apiHeaders)
  expect(deployed('ApiPageHeaders')).toEqual(apiPageHeaders)
  expect(deployed('WebHeaders')).toEqual(pageHeaders)
  expect(deployed('FileHeaders')).toEqual(fileHeaders)
  for (const name of ['ApiHeaders', 'ApiPageHeaders', 'WebHeaders', 'FileHeaders']) {
    const { SecurityHeadersConfig } = Policy.parse(Resources[name].Properties.ResponseHeadersPolicyConfig)
    expect(SecurityHeadersConfig.StrictTransportSecurity.AccessControlMaxAgeSec).toBeGreaterThanOrEqual(31_536_000)
  }
})

test('every path of the distribution has a policy', () => {
  const { DefaultCacheBehavior, CacheBehaviors } = Resources.Edge.Properties.DistributionConfig
  const policies = [DefaultCacheBehavior, ...CacheBehaviors].map(
    ({ PathPattern = '*', ResponseHeadersPolicyId }: Record<string, string>) => [PathPattern, ResponseHeadersPolicyId],
  )
  expect(policies).toEqual([
    ['*', 'WebHeaders'],
    ['/swagger*', 'ApiPageHeaders'],
    ['/api/ws', 'ApiHeaders'],
    ['/api/*', 'ApiHeaders'],
    ...['/incoming/*', '/chat-files/*', '/temp-files/*', '/user-avatars/*'].map((path) => [path, 'FileHeaders']),
  ])
})

test.each<[title: string, status: number, call: () => Promise<unknown>]>([
  ['a function answers', 200, async () => ({ statusCode: 200, body: 'hello' })],
  ['a function fails', 500, () => Promise.reject(new Error('no'))],
  ['a function is too slow', 503, () => new Promise(() => {})],
])('replies of the API have them when %s', async (_title, expected, call) => {
  const { port } = await edge({ call, limits: { timeoutMs: 100 } })
  const { status, headers } = await ask(port, '/api/anything')
  expect(status).toBe(expected)
  expect(headers).toMatchObject(apiHeaders)
})

test('what a function says of caching counts', async () => {
  const call = async () => ({ statusCode: 200, headers: { 'Cache-Control': 'max-age=60' }, body: '' })
  const { port } = await edge({ call })
  expect((await ask(port, '/api/anything')).headers).toMatchObject({ ...apiHeaders, 'cache-control': 'max-age=60' })
})

test('the page runs what is its own alone, sends forms and addresses nowhere, and may use a camera and a microphone', () => {
  const directives = pageHeaders['content-security-policy'].split('; ').map((one) => one.split(' '))
  const policy = Object.fromEntries(directives.map(([name = '', ...sources]) => [name, sources.join(' ')]))
  expect(policy).toMatchObject({ 'default-src': "'self'", 'frame-ancestors': "'none'", 'base-uri': "'none'" })
  expect(policy['form-action']).toBe("'none'")
  expect(pageHeaders['content-security-policy']).not.toMatch(/unsafe|\*|script-src|connect-src/)
  expect(pageHeaders['permissions-policy'].match(/\w+=\(self\)/g)).toEqual(['camera=(self)', 'microphone=(self)'])
  expect(pageHeaders['permissions-policy'].replace(/^.*?microphone=\(self\), /, '')).toMatch(/^([a-z-]+=\(\)(, |$))+$/)
})

test('pages have theirs, found or not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'edge-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'index.html'), 'page')
  const { port } = await edge({ staticFolders: [{ prefix: '/swagger', folder }] })
  for (const [path, expected] of [
    ['/swagger', 302],
    ['/swagger/index.html', 200],
    ['/swagger/nothing', 404],
  ] as const) {
    const { status, headers } = await ask(port, path)
    expect(status).toBe(expected)
    expect(headers).toMatchObject(apiPageHeaders)
  }
})
