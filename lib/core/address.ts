/** Where something is said: between two people, or in a group. A user and a group may have the same id. */

/** Kinds of conversations, as the wire and the tables number them. */
export const ChatType = { direct: 2, group: 3 } as const
export type ChatType = (typeof ChatType)[keyof typeof ChatType]

/** Names one conversation, whoever of its members speaks. A pair has the lower id first. */
export type Address =
  | { chatType: typeof ChatType.direct; low: number; high: number }
  | { chatType: typeof ChatType.group; group: number }

/** The conversation that `caller` means by `target`: a user, or a group. */
export function addressOf(chatType: ChatType, caller: number, target: number): Address {
  if (chatType === ChatType.group) return { chatType, group: target }
  return { chatType, low: Math.min(caller, target), high: Math.max(caller, target) }
}

/** The conversation of two people. */
export const pairOf = (one: number, other: number) => ({
  chatType: ChatType.direct,
  low: Math.min(one, other),
  high: Math.max(one, other),
})

/** The address as text: the Kafka key, so that one conversation is one partition. */
export const keyOf = (address: Address): string =>
  address.chatType === ChatType.group ? `group:${address.group}` : `${address.low}:${address.high}`
