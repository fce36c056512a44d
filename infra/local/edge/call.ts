/** Calls the service's functions in serverless-offline's environments, with the events that the edge makes. */

/** Calls a function by its name in serverless.yml. */
export type Call = (name: string, event: unknown) => Promise<unknown>

/** Keeps serverless-offline's own Invoke API from listening. */
export async function withoutServer(): Promise<void> {
  const { default: Lambda } = await import('serverless-offline/lambda')
  Lambda.prototype.start = async () => {}
}

/** Environments for the functions, `options` are its own. */
export async function functionCalls(
  serverless: { service: { functions: Readonly<Record<string, object>> } },
  options: object,
): Promise<{ call: Call; end(): Promise<void> }> {
  // Imported late: other commands of the framework load this plugin, too.
  const { default: Lambda } = await import('serverless-offline/lambda')
  const lambda = new Lambda(serverless, options)
  const definitions = Object.entries(serverless.service.functions)
  lambda.create(definitions.map(([functionKey, functionDefinition]) => ({ functionKey, functionDefinition })))
  return {
    call: async (name, event) => {
      const environment = lambda.get(name)
      environment.setEvent(event)
      return await environment.runHandler()
    },
    end: () => lambda.cleanup(),
  }
}
