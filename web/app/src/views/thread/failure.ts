import { useReason } from '../../text/reason.ts'

/** What a reason means, for people; those without a text of their own have a common one. */
export function useFailure(): (reason: string | undefined) => string {
  const say = useReason()
  return (reason = 'other') => {
    const text = say(reason as Parameters<typeof say>[0])
    return text === reason ? say('other') : text
  }
}
