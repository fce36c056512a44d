/** The clients of services. The first argument of a service function is an object of those that it uses. */
import type { Gateway } from './gateway.ts'
import type { Topic } from './kafka.ts'
import type { Db } from './mysql.ts'
import type { Redis } from './redis.ts'

export interface Clients {
  db: Db
  redis: Redis
  gateway: Gateway
}

/** For functions that push to very many, too: by the topic of slices. */
export interface PushClients extends Clients {
  slices: Topic
}

/** For functions that post nothing. */
export type Stores = Pick<Clients, 'db' | 'redis'>
