/** What serverless-offline exports for plugins that have functions called, and has no types for. */
declare module 'serverless-offline/lambda' {
  export default class Lambda {
    constructor(serverless: object, options: object)
    create(functions: readonly { functionKey: string; functionDefinition: object }[]): void
    /** An environment of the function that is idle: one call is made with it at a time. */
    get(functionKey: string): { setEvent(event: unknown): void; runHandler(): Promise<unknown> }
    /** Serves the Invoke API to whoever asks, web pages included. */
    start(): Promise<void>
    cleanup(): Promise<void>
  }
}
