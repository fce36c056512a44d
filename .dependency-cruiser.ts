/**
 * Who may import whom (docs/architecture.md). `npm run lint` holds it, and nobody imports in a circle.
 *
 * The parser is swc: dependency-cruiser knows TypeScript's own only up to version 6.
 */
import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser'

interface Room {
  /** What may be imported beside the room itself: folders, and files without their ending. */
  from: readonly string[]
  /** What else, as types only. */
  types?: readonly string[]
}

const service = (from: readonly string[], types: readonly string[] = []): Room => ({
  from: ['lib/core', 'lib/wire', 'lib/schema', ...from.map((room) => `lib/service/${room}`)],
  types: ['lib/client', ...types.map((room) => `lib/service/${room}`)],
})

/** What the whole page shares. */
const ofPage = ['web/app/src/stored', 'web/app/src/theme']

const rooms: Record<string, Room> = {
  functions: { from: ['lib/entry', 'lib/service', 'lib/client', 'lib/wire', 'lib/schema'] },
  'lib/entry': {
    from: [
      'lib/wire',
      'lib/core',
      'lib/client',
      'lib/service/account/admission',
      'lib/service/account/session',
      'lib/service/account/ticket',
      'lib/service/store/rate-limit',
    ],
    types: ['lib/service'],
  },
  lib: { from: [] },
  'lib/wire': { from: ['lib/core'] },
  'lib/client': { from: ['lib/core'], types: ['lib/schema'] },
  'lib/schema': { from: [] },
  'lib/core': { from: [] },
  'lib/service': service([]),
  'lib/service/message': service(['call', 'conversation', 'connection', 'media', 'store'], ['account/session']),
  'lib/service/call': service(['conversation/message-frame', 'store'], ['connection/delivery']),
  'lib/service/contact': service(['conversation', 'connection', 'store']),
  'lib/service/group': service(['conversation', 'connection', 'store']),
  'lib/service/conversation': service(['store'], ['connection/delivery']),
  'lib/service/account': service(['connection', 'store']),
  'lib/service/personal-data': service(['account', 'contact', 'conversation', 'group', 'connection', 'store']),
  'lib/service/connection': service(['store']),
  'lib/service/operations': service(['store']),
  'lib/service/store': service([]),
  infra: { from: ['functions', 'lib', 'infra/client', 'web/app/build', 'web/client/src'] },
  'infra/local': { from: ['infra/client/presigned'] },
  'infra/client': { from: [] },
  bench: { from: ['functions', 'lib', 'infra'] },
  test: { from: ['functions', 'lib', 'infra', 'bench', 'docs', 'test/support', 'web/app/build', 'web/client/src'] },
  'test/wire': { from: ['test/support', 'test/fixtures', 'web/client/src'] },
  'test/support': { from: ['infra/client', 'infra/services'] },
  docs: { from: ['lib/wire'] },
  // What may be published knows nothing of the service but its contract.
  'web/client/src': { from: [] },
  'web/client/test': { from: ['web/client/src', 'web/client/build'] },
  // The page imports the library by its name, and views know neither the service nor how the model does its work.
  'web/cli': { from: ['web/client/src', 'infra/address'] },
  'web/app': { from: [] },
  'web/app/src': { from: ['web/app/src/model', 'web/app/src/views', 'web/app/src/parts', 'web/app/src/text'] },
  'web/app/src/model': { from: [] },
  'web/app/src/views': {
    from: ['web/app/src/model/state', 'web/app/src/model/actions', 'web/app/src/parts', 'web/app/src/text', ...ofPage],
  },
  'web/app/src/parts': { from: ['web/app/src/text', ...ofPage] },
  'web/app/src/text': { from: ofPage },
  'web/app/test': { from: ['web/app/src', 'web/client/test', 'web/client/src/files', 'lib/wire'] },
}

const oneOf = (paths: readonly string[]): string => `^(${paths.join('|')})(/|[.]tsx?$)`
const ours = `^(${[...new Set(Object.keys(rooms).map((room) => room.split('/')[0]))].join('|')})/`

function rulesOf(name: string, { from, types = [] }: Room): IForbiddenRuleType[] {
  // A room inside this one has rules of its own, and has to be named like any other.
  const inner = Object.keys(rooms).filter((other) => other.startsWith(`${name}/`))
  const itself = inner.length === 0 ? name : `${name}(?!(${inner.map((room) => room.slice(name.length)).join('|')})/)`
  const who = { path: oneOf([itself]) }
  const own = [itself, ...from]
  return [
    {
      name: `${name} imports only what it may`,
      severity: 'error',
      from: who,
      to: { path: ours, pathNot: oneOf(own), dependencyTypesNot: ['type-only'] },
    },
    {
      name: `${name} imports only the types that it may`,
      severity: 'error',
      from: who,
      to: { path: ours, pathNot: oneOf([...own, ...types]), dependencyTypes: ['type-only'] },
    },
  ]
}

export default {
  forbidden: [
    ...Object.entries(rooms).flatMap(([name, room]) => rulesOf(name, room)),
    { name: 'nobody imports in a circle', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    // What is published stands beside its source, once it was built.
    exclude: { path: 'node_modules|^web/client/dist/' },
  },
} satisfies IConfiguration
