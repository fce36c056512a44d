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
  const known = Object.keys(routes).map((route) => route.split(' '))
  const allow = known.flatMap(([method, its]) => (method !== undefined && its === path ? [method] : []))
  throw allow.length > 0 ? new Refusal('METHOD_NOT_ALLOWED', { allow }) : new Refusal('ROUTE_NOT_FOUND')
}
