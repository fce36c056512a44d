/** The texts of a search in messages. */
import { defineTexts } from '../../text/texts.ts'

export const { useText: useSearchText } = defineTexts(
  {
    all: 'Find messages',
    here: 'Find in this conversation',
    close: 'Close the search',
    hintAll: 'Words of a message, in any of your conversations.',
    hintHere: 'Words of a message in this conversation.',
    results: 'Results',
    busy: 'Looking…',
    found_one: '{{count}} message',
    found_other: '{{count}} messages',
    more_one: '{{count}} message so far',
    more_other: '{{count}} messages so far',
    none: 'Nothing found for “{{text}}”.',
    sparse: 'Nothing among the latest messages.',
    goOn: 'Look further back',
    you: 'You',
    says: '{{who}}: ',
  },
  {
    all: '查找消息',
    here: '在此会话中查找',
    close: '关闭查找',
    hintAll: '输入消息中的文字，在所有会话中查找。',
    hintHere: '输入消息中的文字，在此会话中查找。',
    results: '查找结果',
    busy: '正在查找…',
    found_other: '{{count}} 条消息',
    more_other: '已找到 {{count}} 条消息',
    none: '没有找到包含“{{text}}”的消息。',
    sparse: '最近的消息中没有。',
    goOn: '继续向前查找',
    you: '我',
    says: '{{who}}：',
  },
)
