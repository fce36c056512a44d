/** A conversation: its head, its messages, and the field for the next one. */
export default function ThreadView({ conversationKey: _ }: { conversationKey: string }) {
  return <main />
}
