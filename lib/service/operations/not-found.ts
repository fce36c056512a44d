/** Requests that match no route. */
import { Refusal } from '../../core/refusal.ts'
import { routes } from '../../wire/route.ts'

/**
 * Refuses a request that matches no route.
 *
 * @throws Refusal METHOD_NOT_ALLOWED - the path has routes for other methods.
 * @throws Refusal ROUTE_NOT_FOUND - the path has no route.
 */
export async function refuseUnknown(path: string): Promise<never> {
  const isKnown = Object.keys(routes).some((route) => route.split(' ')[1] === path)
  throw new Refusal(isKnown ? 'METHOD_NOT_ALLOWED' : 'ROUTE_NOT_FOUND')
}
