/** How often something may be done: every limit on a rate, with its unit, its value where deployed, and its variable. */

interface LimitRow {
  /** The variable that sets it. It names the unit of time. */
  variable: `${string}_PER_${'MINUTE' | 'DAY'}`
  /** What it counts for: a user, or an IP address (of IPv6 the /64). */
  by: 'user' | 'address'
  /** So often in a unit of time, and at once. */
  count: number
}

export const limits = {
  /** Requests that only read. */
  reads: { variable: 'READS_PER_MINUTE', by: 'user', count: 600 },
  /** Requests that change something. */
  writes: { variable: 'WRITES_PER_MINUTE', by: 'user', count: 300 },
  /** Searches tell whether there is such a user. */
  searches: { variable: 'SEARCHES_PER_MINUTE', by: 'user', count: 30 },
  friendRequests: { variable: 'FRIEND_REQUESTS_PER_DAY', by: 'user', count: 100 },
  /** Passwords that are checked for one user, from one address that is known: each costs a hash, right or wrong. */
  logIns: { variable: 'LOGINS_PER_MINUTE', by: 'user', count: 30 },
  /** Attempts to open a socket, with whatever token or ticket: an office of a thousand people may come back at once. */
  upgrades: { variable: 'UPGRADES_PER_MINUTE', by: 'address', count: 1_200 },
  registrations: { variable: 'REGISTRATIONS_PER_DAY', by: 'address', count: 300 },
  /** Wrong passwords, of accounts to which the address is new. */
  loginFailures: { variable: 'LOGIN_FAILURES_PER_DAY', by: 'address', count: 300 },
} as const satisfies Record<string, LimitRow>

export type LimitName = keyof typeof limits

/** `count` in `seconds`, and at once. */
export interface Limit {
  count: number
  seconds: number
}

/** The unit of time that a variable names, in seconds. */
export const secondsOf = ({ variable }: Pick<LimitRow, 'variable'>): number =>
  variable.endsWith('_PER_DAY') ? 24 * 3600 : 60
