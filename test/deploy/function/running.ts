/** A packaged function at work in a process of its own, as Lambda's runtime runs it. */

export interface Reply {
  /** What the handler returned, or the error that it threw. */
  payload: unknown
  isError: boolean
}

export interface Running {
  /** @throws Error when the process ends, or says nothing for longer than the function may take. */
  invoke(event: unknown): Promise<Reply>
  /** Stops its process where it stands, as Lambda freezes an environment between invocations; and lets it go on. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

export interface Starting {
  /** Where the zip is unpacked. */
  folder: string
  /** `functions/noun/verb.handler` */
  handler: string
  timeoutSeconds: number
  variables: Readonly<Record<string, string>>
}

export type Start = (starting: Starting) => Promise<Running>

/** What Lambda itself sets. */
export function lambdaEnvironment({ folder, handler, timeoutSeconds, variables }: Starting): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: handler,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret-of-an-example',
    AWS_SESSION_TOKEN: 'token-of-an-example',
    AWS_LAMBDA_FUNCTION_NAME: handler,
    AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutSeconds),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    ...variables,
  }
}
