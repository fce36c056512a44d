/** The names by which the functions reach the stores. Kafka's has the length of `127.0.0.1`, in place of which it is told. */
export const names = { mysql: 'mysql.lan', redis: 'redis.lan', kafka: 'kafka.lan' } as const

export type Store = keyof typeof names
