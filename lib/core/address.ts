/** Addresses name a conversation: of two people, or of a group. A user and a group may have the same id. */

/** Kinds of conversations, numbered as on the wire and in the tables. */
export const ChatType = { direct: 2, group: 3 } as const
export type ChatType = (typeof ChatType)[keyof typeof ChatType]

/** Names one conversation, the same for all of its members. A pair has the lower id first. */
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

/** The address as text. It is the Kafka key, so that all records of a conversation share a partition. */
export const keyOf = (address: Address): string =>
  address.chatType === ChatType.group ? `group:${address.group}` : `${address.low}:${address.high}`
