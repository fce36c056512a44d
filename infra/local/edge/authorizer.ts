/**
 * The 401 at the upgrade. With AWS an authorizer throws an error whose message is "Unauthorized"; serverless-offline wants that
 * word returned, and answers any throw with 500.
 */
import type { Functions } from './handler.ts'

/** The functions that `websocket` events name as their authorizers. */
export function webSocketAuthorizers(functions: Functions): string[] {
  const names = Object.values(functions).flatMap(({ events }) =>
    (events ?? []).flatMap(({ websocket }) => {
      const authorizer = typeof websocket === 'object' ? websocket.authorizer : undefined
      return (typeof authorizer === 'object' ? authorizer.name : authorizer) ?? []
    }),
  )
  return [...new Set(names)]
}

/**
 * A handler's body that calls the function `handle`.
 *
 * Only an error with exactly that message becomes the answer: any other stays an error, and so becomes a 500. A handler
 * that returns the word, which AWS takes for a broken answer, fails.
 */
export const translatingUnauthorized = `
  try {
    const answer = await handle(event, context)
    if (answer === 'Unauthorized') throw new Error('AWS refuses an authorizer that returns a text: throw it.')
    return answer
  } catch (error) {
    if (error instanceof Error && error.message === 'Unauthorized') return 'Unauthorized'
    throw error
  }
`
