/** The interval of heartbeats: how many seconds a connection may be silent, as its client asks for it. */

/** What GoChat's clients keep to, and whoever asks for nothing. */
export const usualSeconds = 30

/** The gateway ends a connection that was silent for 600 s: a heartbeat may come late, as those of hidden pages do. */
export const mostSeconds = 480

export const intervalRule = `heartbeat: must be a whole number from ${usualSeconds} to ${mostSeconds}`

/** The seconds that the query parameter `heartbeat` asks for; NaN if they are against the rule. */
export function intervalOf(heartbeat: string | undefined): number {
  if (heartbeat === undefined) return usualSeconds
  const seconds = /^[1-9][0-9]{1,2}$/.test(heartbeat) ? Number(heartbeat) : Number.NaN
  return seconds >= usualSeconds && seconds <= mostSeconds ? seconds : Number.NaN
}
