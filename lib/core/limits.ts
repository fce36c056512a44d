/** How often, and how much: every limit of a user or an address, with its unit, its value where deployed, and its variable. */

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
  /** Searches for people and groups tell whether there is such a one. */
  searches: { variable: 'SEARCHES_PER_MINUTE', by: 'user', count: 30 },
  friendRequests: { variable: 'FRIEND_REQUESTS_PER_DAY', by: 'user', count: 100 },
  /** Groups that a user creates. */
  groups: { variable: 'GROUPS_PER_DAY', by: 'user', count: 50 },
  /** Requests to join groups, and joinings. */
  groupRequests: { variable: 'GROUP_REQUESTS_PER_DAY', by: 'user', count: 100 },
  /** Files that a user announces. */
  uploads: { variable: 'UPLOADS_PER_DAY', by: 'user', count: 1_000 },
  /** Passwords that are checked for one user, from one address that is known: each costs a hash, right or wrong. */
  logIns: { variable: 'LOGINS_PER_MINUTE', by: 'user', count: 30 },
  registrations: { variable: 'REGISTRATIONS_PER_DAY', by: 'address', count: 300 },
  /** Wrong passwords, of accounts to which the address is new. */
  loginFailures: { variable: 'LOGIN_FAILURES_PER_DAY', by: 'address', count: 300 },
  /** Sockets that open. */
  upgrades: { variable: 'UPGRADES_PER_MINUTE', by: 'user', count: 300 },
  /** Attempts to open a socket, with whatever token or ticket: an office of a thousand people may come back at once. */
  upgradesOfAddress: { variable: 'ADDRESS_UPGRADES_PER_MINUTE', by: 'address', count: 1_200 },
} as const satisfies Record<string, LimitRow>

/** What one user may have or send by sockets, and how far that is told: where deployed, and the variable. */
export const socketLimits = {
  connections: { variable: 'CONNECTIONS_PER_USER', count: 20 },
  framesPerSecond: { variable: 'MESSAGE_RATE_PER_SECOND', count: 50 },
  framesAtOnce: { variable: 'MESSAGE_RATE_BURST', count: 200 },
  /** Frames beyond the rate that make a flood. They are forgiven as fast as the rate allows frames. */
  framesBeyond: { variable: 'MESSAGE_RATE_EXCESS', count: 1_000 },
  /** How often friends are told that a user has come or gone: evenly, not at once. */
  presenceChanges: { variable: 'PRESENCE_CHANGES_PER_MINUTE', count: 6 },
  /** Friends; of somebody with more, nobody is told. */
  presenceFriends: { variable: 'PRESENCE_FRIENDS', count: 500 },
} as const

export type LimitName = keyof typeof limits

/** `count` in `seconds`, and at once. */
export interface Limit {
  count: number
  seconds: number
}

/** The unit of time that a variable names, in seconds. */
export const secondsOf = ({ variable }: Pick<LimitRow, 'variable'>): number =>
  variable.endsWith('_PER_DAY') ? 24 * 3600 : 60
