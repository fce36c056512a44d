// An emoji: with its skin, joined to others, a flag, or a key. Signs that are text unless they are asked to be pictures are none.
const emoji = String.raw`(?:[0-9#*]\ufe0f?\u20e3|\p{RI}{2}|\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Emoji_Presentation}|\p{ExtPict}\ufe0f)`
const goesOn = String.raw`(?:\ufe0f|\p{Emoji_Modifier}|\u200d\p{ExtPict}|[\u{e0020}-\u{e007f}])*`
const few = new RegExp(String.raw`^\s*(?:${emoji}${goesOn}\s*){1,6}$`, 'u')
const longest = 200

/** Nothing but a few emoji: shown larger. */
export const isEmojiOnly = (content: string): boolean => content.length <= longest && few.test(content)
