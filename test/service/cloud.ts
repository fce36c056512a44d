/** The part of AWS that keeps keys, played over HTTP for the SDK's own clients: Secrets Manager, parameters, and two stacks. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface Version {
  id: string
  text: string
  labels: Set<string>
}

type Call = Readonly<Record<string, unknown>>

export interface PlayedCloud {
  url: string
  parameters: Map<string, string>
  /** By the name of a secret. */
  secrets: Map<string, Version[]>
  /** Called when the stack is updated. An error that it throws lets the update fail. */
  onUpdate: () => Promise<void>
  /** What was asked for, in its order. */
  calls: string[]
  stop(): Promise<void>
}

class Refusal extends Error {}

const isLabelled = (label: string) => (version: Version) => version.labels.has(label)

/** Gives labels to a version, which others lose; what loses AWSCURRENT becomes AWSPREVIOUS. */
function label(versions: Version[], to: Version, labels: Iterable<string>): void {
  for (const one of labels) {
    const before = versions.find(isLabelled(one))
    if (before === to) continue
    before?.labels.delete(one)
    to.labels.add(one)
    if (one === 'AWSCURRENT' && before) label(versions, before, ['AWSPREVIOUS'])
  }
}

export async function playCloud(): Promise<PlayedCloud> {
  const parameters = new Map<string, string>()
  const secrets = new Map<string, Version[]>()
  const versionsOf = (name: unknown): Version[] => secrets.get(String(name)) ?? fail('ResourceNotFoundException')

  const services: Record<string, (call: Call) => object> = {
    GetParameter: ({ Name }) => ({
      Parameter: { Name, Value: parameters.get(String(Name)) ?? fail('ParameterNotFound') },
    }),
    PutParameter({ Name, Value, Overwrite }) {
      if (parameters.has(String(Name)) && Overwrite !== true) fail('ParameterAlreadyExists')
      parameters.set(String(Name), String(Value))
      return {}
    },
    GetSecretValue({ SecretId, VersionId, VersionStage = 'AWSCURRENT' }) {
      const fits = VersionId ? ({ id }: Version) => id === VersionId : isLabelled(String(VersionStage))
      const found = versionsOf(SecretId).find(fits) ?? fail('ResourceNotFoundException')
      return { ARN: SecretId, SecretString: found.text, VersionId: found.id, VersionStages: [...found.labels] }
    },
    PutSecretValue({ SecretId, SecretString, VersionStages = ['AWSCURRENT'] }) {
      const version = { id: randomUUID(), text: String(SecretString), labels: new Set<string>() }
      const versions = versionsOf(SecretId)
      versions.push(version)
      label(versions, version, VersionStages as string[])
      return { ARN: SecretId, VersionId: version.id }
    },
    UpdateSecretVersionStage({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }) {
      const versions = versionsOf(SecretId)
      const from = versions.find(isLabelled(String(VersionStage)))
      if (from?.id !== RemoveFromVersionId) fail('InvalidParameterException')
      const to = versions.find(({ id }) => id === MoveToVersionId) ?? fail('ResourceNotFoundException')
      label(versions, to, [String(VersionStage)])
      return {}
    },
  }

  const played: PlayedCloud = {
    url: '',
    parameters,
    secrets,
    onUpdate: async () => undefined,
    calls: [],
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }

  const stack = { status: 'CREATE_COMPLETE' }
  async function cloudFormation(action: string, response: ServerResponse): Promise<void> {
    if (action === 'UpdateStack') {
      stack.status = await played.onUpdate().then(
        () => 'UPDATE_COMPLETE',
        () => 'UPDATE_ROLLBACK_COMPLETE',
      )
    }
    const outputs = [...secrets.keys()].map(
      (name) => `<member><OutputKey>${name}</OutputKey><OutputValue>${name}</OutputValue></member>`,
    )
    const parameter = '<member><ParameterKey>TokenKeys</ParameterKey><ParameterValue>name</ParameterValue></member>'
    const member = `<StackName>gochat-dev</StackName><StackStatus>${stack.status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime>`
    const results: Record<string, string> = {
      UpdateStack: '<StackId>gochat-dev</StackId>',
      DescribeStacks: `<Stacks><member>${member}<Parameters>${parameter}</Parameters><Outputs>${outputs.join('')}</Outputs></member></Stacks>`,
      DescribeStackEvents: '<StackEvents></StackEvents>',
    }
    response.setHeader('content-type', 'text/xml')
    const result = results[action] ?? fail(`no action ${action}`)
    response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`)
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request)
    // Of Lambda, how a function is set up.
    if (request.method === 'GET') {
      played.calls.push(String(request.url))
      response.end(JSON.stringify({ Environment: { Variables: { STAGE: 'dev', TOKEN_TTL_SECONDS: '3600' } } }))
      return
    }
    const target = request.headers['x-amz-target']
    const action = target ? String(target).split('.').at(-1) : new URLSearchParams(sent).get('Action')
    played.calls.push(String(action))
    if (!target) return await cloudFormation(String(action), response)
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    const service = services[String(action)] ?? fail(`no action ${action}`)
    response.end(JSON.stringify(service(JSON.parse(sent))))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      response.statusCode = error instanceof Refusal ? 400 : 500
      response.end(JSON.stringify({ __type: error.message, message: error.message }))
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  played.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return played
}

function fail(name: string): never {
  throw new Refusal(name)
}
