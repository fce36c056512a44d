/** What a failure means, for people, by the service's reasons and those of the library. */
import { ChatError } from 'gochat-client'
import { defineTexts } from './texts.ts'

export const { t: reasonOf, useText: useReason } = defineTexts(
  {
    other: 'That did not work. Try again in a moment.',
    UNREACHABLE: 'The service cannot be reached. Check the connection, then try again.',
  },
  { other: '操作未成功，请稍后再试。', UNREACHABLE: '无法连接到服务，请检查网络后重试。' },
)

/** The reason of anything that was thrown. */
export const reasonIn = (failure: unknown): string => (failure instanceof ChatError ? failure.reason : 'other')
