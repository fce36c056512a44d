/** What there is no route for. */
import { Refusal } from '../../core/refusal.ts'
import { routes } from '../../wire/route.ts'

/**
 * Refuses a request that matched no route.
 *
 * @throws Refusal METHOD_NOT_ALLOWED - the path exists, with other methods.
 * @throws Refusal ROUTE_NOT_FOUND - it does not.
 */
export async function refuseUnknown(path: string): Promise<never> {
  const isKnown = Object.keys(routes).some((route) => route.split(' ')[1] === path)
  throw new Refusal(isKnown ? 'METHOD_NOT_ALLOWED' : 'ROUTE_NOT_FOUND')
}
