/** The commands of Redis that services use. Functions are bundled without the others: see infra/bundle/redis-commands.ts. */
export const redisCommands = [
  'eval',
  'evalsha',
  'expire',
  'get',
  'hgetall',
  'hmget',
  'hset',
  'incr',
  'sadd',
  'ttl',
  'zadd',
  'zmscore',
  'zremrangebyscore',
] as const

export type RedisCommand = (typeof redisCommands)[number]
