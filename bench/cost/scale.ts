/** What so many people take at their busiest hour, what they cost, and which limit stops them first. */
import type { Count } from './count.ts'
import { type Limit, limitsOf } from './limits.ts'
import { batchOf, behaviour, between, type Load, loadOf } from './load.ts'
import { idleLines, messageLines, stageLines, total } from './model.ts'
import type { Terms } from './prices.ts'

const daysOfMonth = 365 / 12
const pollersOfUnit = 10

export interface Scale {
  people: number
  figures: Record<string, number>
  dollarsAMonth: Record<string, number>
  limits: Limit[]
}

/** Works it out for so many people, from counts. All clients ask for the same interval of heartbeats. */
export function scaleOf(
  people: number,
  count: Count,
  terms: Terms,
  heartbeatSeconds = behaviour.heartbeatSeconds,
): Scale {
  const loadAt = (many: number): Load => loadOf(many, count, terms, heartbeatSeconds)
  const load = loadAt(people)
  const dollarsAMonth = dollarsOf({ people, heartbeatSeconds }, load, count, terms)
  return { people, figures: load, dollarsAMonth, limits: limitsOf(people, loadAt) }
}

function dollarsOf(
  { people, heartbeatSeconds }: { people: number; heartbeatSeconds: number },
  load: Load,
  count: Count,
  terms: Terms,
): Record<string, number> {
  const { prices } = terms
  const { peakFactor, requestMs } = behaviour
  const aMonth = (perDay: number): number => people * perDay * daysOfMonth
  const usual = batchOf(load['messages/s'] / peakFactor / load.partitions, count, terms)
  const ofMillion = between(count.walks, usual, (walk) => total(messageLines(walk, count, terms)))
  const connections = people * behaviour.onlineOnAverage * behaviour.devices
  const idle = total(idleLines({ everySeconds: heartbeatSeconds, hasPong: false }, count, terms))
  const ofRequest =
    prices.httpRequest.usd +
    prices.lambdaRequest.usd +
    (requestMs / 1_000) * terms.assumptions.memoryGb * prices.lambdaGbSecond.usd
  const toldOfChange = behaviour.friends * behaviour.onlineOnAverage * behaviour.devices
  const hours = terms.assumptions.monthHours
  const units = Math.ceil(load.pollers / pollersOfUnit)
  const standing = total(stageLines(hours, terms).get('prod, small') ?? [])
  return {
    messages: (aMonth(behaviour.messagesADay) * ofMillion) / 1e6,
    connections: (connections / 1_000) * idle,
    presence: aMonth(behaviour.changesADay) * toldOfChange * prices.websocketMessage.usd,
    'HTTP requests': aMonth(behaviour.requestsADay) * ofRequest,
    'what stands there': standing + (units - 1) * prices.pollerUnitHour.usd * hours,
    'storage after a year': load['stored a year, TB'] * 1_000 * prices.databaseGbMonth.usd,
  }
}
