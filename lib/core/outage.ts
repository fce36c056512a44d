/** Distinguishes an outage (a dependency is down or too slow) from a bug. */

/** A dependency did not answer in time. */
export class DependencyTimeout extends Error {
  constructor(dependency: string, milliseconds: number) {
    super(`${dependency} did not answer within ${milliseconds} ms`)
    this.name = 'DependencyTimeout'
  }
}

/** A dependency answered that it can do nothing now. */
export class DependencyUnavailable extends Error {
  constructor(dependency: string, answer: string | number) {
    super(`${dependency} answered ${answer}`)
    this.name = 'DependencyUnavailable'
  }
}

// Node's socket errors, and the codes and names by which mysql2, ioredis and kafkajs report a server that is down,
// starting or stopping.
const outageCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_SOCKET',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_OUT_OF_RESOURCES',
  'ER_DISK_FULL',
])
const outageNames = new Set([
  'DependencyTimeout',
  'DependencyUnavailable',
  // Of the AWS SDK.
  'TimeoutError',
  'MaxRetriesPerRequestError',
  'ClusterAllFailedError',
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSBrokerNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTimeout',
])

// What ioredis and Redis tell by text alone; the last is MSK's for more new connections a second than it takes with tokens.
const outageTexts =
  /Connection is closed|CLUSTERDOWN|LOADING|READONLY|Command timed out|Command aborted|None of startup nodes|Too many connects/

// The first words of Redis' answers while it takes no command, or no writes: it is full, has too few replicas, cannot save, has
// lost its master, moves a slot, runs a long script, has too many clients. A script that was refused them says so after a dash.
const redisRefuses = /(^|-)(OOM|NOREPLICAS|MISCONF|MASTERDOWN|TRYAGAIN|BUSY) |^ERR max number of clients reached/

/** True when `error` means that a dependency is down: the same call may succeed later. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (outageNames.has(error.name) || (typeof code === 'string' && outageCodes.has(code))) return true
  if (outageTexts.test(error.message) || redisRefuses.test(error.message)) return true
  // Of kafkajs, about what a broker answers.
  if ('retriable' in error && error.retriable === true) return true
  return 'cause' in error && isOutage(error.cause)
}

/**
 * The result of `work`, or a `DependencyTimeout` after `milliseconds`. The work is not cancelled; its outcome is unknown.
 */
export async function within<T>(milliseconds: number, dependency: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DependencyTimeout(dependency, milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}
