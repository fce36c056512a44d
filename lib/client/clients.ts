/** What services are handed: each function the clients that it uses, as plain arguments. */
import type { Gateway } from './gateway.ts'
import type { Db } from './mysql.ts'
import type { Redis } from './redis.ts'

export interface Clients {
  db: Db
  redis: Redis
  gateway: Gateway
}

/** Of functions that tell nobody. */
export type Stores = Pick<Clients, 'db' | 'redis'>
