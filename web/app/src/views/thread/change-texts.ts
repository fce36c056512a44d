/** The texts of what is done with messages that were said: answered, edited, recalled, reacted to; and of mentions. */
import { defineTexts } from '../../text/texts.ts'

export const { useText: useChangeText } = defineTexts(
  {
    actions: 'What to do with this message',
    reactWith: 'React with {{emoji}}',
    otherEmoji: 'Another emoji',
    reply: 'Reply',
    edit: 'Edit',
    copy: 'Copy text',
    recall: 'Recall',
    recallTitle: 'Recall this message?',
    recallMeans: 'Nobody can read it any more. That there was one stays.',

    edited: 'edited',
    recalled: 'This message was recalled',
    reactions: 'Reactions',
    reaction: '{{emoji}} {{count}}: {{names}}',
    somebody: 'somebody',
    unavailable: 'Message not available',
    toQuoted: 'Go to this message',

    editing: 'Editing',
    replying: 'Replying to {{name}}',
    stop: 'Stop',
    save: 'Save',

    mention: 'Mention',
    everybody: 'everybody',
    everybodyMeans: 'All members of the group',
  },
  {
    actions: '对此消息的操作',
    reactWith: '用 {{emoji}} 回应',
    otherEmoji: '其他表情',
    reply: '回复',
    edit: '编辑',
    copy: '复制文字',
    recall: '撤回',
    recallTitle: '撤回此消息？',
    recallMeans: '撤回后所有人都无法再看到内容，但会显示曾有一条消息。',

    edited: '已编辑',
    recalled: '此消息已撤回',
    reactions: '回应',
    reaction: '{{emoji}} {{count}}：{{names}}',
    somebody: '某人',
    unavailable: '消息不可用',
    toQuoted: '跳到此消息',

    editing: '正在编辑',
    replying: '回复 {{name}}',
    stop: '取消',
    save: '保存',

    mention: '提及',
    everybody: '所有人',
    everybodyMeans: '群中所有成员',
  },
)
