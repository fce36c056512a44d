/** The texts of calls. */
import { defineTexts } from '../../text/texts.ts'

export const { useText: useCallText } = defineTexts(
  {
    call: 'Call',
    somebody: 'A friend',
    waiting: 'Waiting for your microphone…',
    waitingVideo: 'Waiting for your camera and microphone…',
    calling: 'Calling…',
    rings: 'Calls you',
    ringsVideo: 'Calls you, with video',
    connecting: 'Connecting…',
    accept: 'Accept',
    decline: 'Decline',
    hangUp: 'Hang up',
    mute: 'Mute',
    cameraOff: 'Camera off',
    friends: 'Video of {{name}}',
    own: 'Your own video',

    over: 'The call has ended.',
    noAnswer: 'No answer.',
    missed: 'Missed call.',
    declined: 'The call was declined.',
    busy: 'Busy: in another call.',
    elsewhere: 'Answered on another device.',
    noDevice: 'No microphone: allow it in your browser, or connect one.',
    lost: 'The connection was lost.',
    refused: 'The call could not be made.',
  },
  {
    call: '通话',
    somebody: '好友',
    waiting: '正在等待麦克风…',
    waitingVideo: '正在等待摄像头和麦克风…',
    calling: '正在呼叫…',
    rings: '邀请你语音通话',
    ringsVideo: '邀请你视频通话',
    connecting: '正在连接…',
    accept: '接听',
    decline: '拒绝',
    hangUp: '挂断',
    mute: '静音',
    cameraOff: '关闭摄像头',
    friends: '{{name}} 的视频',
    own: '我的视频',

    over: '通话已结束。',
    noAnswer: '对方无应答。',
    missed: '未接来电。',
    declined: '对方已拒绝。',
    busy: '对方忙线中。',
    elsewhere: '已在其他设备上处理。',
    noDevice: '没有可用的麦克风，请连接设备或在浏览器中允许使用。',
    lost: '连接已中断。',
    refused: '无法发起通话。',
  },
)

const endings = {
  ended: 'over',
  crossed: 'over',
  declined: 'declined',
  busy: 'busy',
  elsewhere: 'elsewhere',
  'no-device': 'noDevice',
  lost: 'lost',
} as const

type Named = keyof typeof endings

/** The key of the text that says how a call ended. */
export function endingText(ending: string, isOutgoing: boolean) {
  if (ending === 'missed') return isOutgoing ? 'noAnswer' : 'missed'
  return Object.hasOwn(endings, ending) ? endings[ending as Named] : 'refused'
}
