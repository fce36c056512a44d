/** The Redis commands that services use. Bundles leave out all others: see infra/bundle/redis-commands.ts. */
export const redisCommands = [
  'eval',
  'evalsha',
  'expire',
  'get',
  'hgetall',
  'hmget',
  'hset',
  'sadd',
  'zadd',
  'zmscore',
  'zremrangebyscore',
] as const

export type RedisCommand = (typeof redisCommands)[number]
