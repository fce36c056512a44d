import { type RefObject, useEffect, useRef } from 'react'
import { requestFriend } from '../../model/actions.ts'
import type { Person } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field } from '../../parts/field.tsx'
import { reasonIn } from '../../text/reason.ts'
import { defineTexts } from '../../text/texts.ts'
import common from '../common/common.module.css'
import { Failure } from '../common/failure.tsx'
import { useFocusAfter } from '../common/focus.ts'
import { useForm } from '../common/form.ts'
import { remarkFault } from '../common/rules.ts'
import { shownName } from './standing.ts'

const { useText } = defineTexts(
  {
    title: 'Ask {{name}} to be friends',
    more: 'You can write to each other once they accept.',
    remark: 'Remark',
    hint: 'They read it with your request: say who you are. May be empty.',
    tooLong: 'A remark has at most 255 characters.',
    unusable: 'A remark has no control characters.',
    cancel: 'Cancel',
    send: 'Send request',
  },
  {
    title: '添加 {{name}} 为好友',
    more: '对方接受后即可开始聊天。',
    remark: '附言',
    hint: '对方会随申请看到，可以介绍自己，也可留空。',
    tooLong: '附言最多 255 个字符。',
    unusable: '附言不能含有控制字符。',
    cancel: '取消',
    send: '发送申请',
  },
)

interface RequestDialogProps {
  person: Person
  /** Where reading goes on afterwards. */
  card: RefObject<HTMLElement | null>
  /** A request waits there now, this one or an earlier one. */
  onSent: () => void
  /** The service says that the person is blocked. */
  onBlocked: () => void
  onClose: () => void
}

export function RequestDialog(props: RequestDialogProps) {
  const t = useText()
  useFocusAfter(props.card)
  return (
    <Dialog
      title={t('title', { name: shownName(props.person) })}
      description={t('more')}
      isOpen
      onClose={props.onClose}
    >
      <RequestForm {...props} />
    </Dialog>
  )
}

function RequestForm({ person, onSent, onBlocked, onClose }: RequestDialogProps) {
  const t = useText()
  const first = useRef<HTMLInputElement>(null)
  const { form, field, isBusy, failure } = useForm<'remark'>({
    initial: { remark: '' },
    check: ({ remark }) => {
      const fault = remarkFault(remark)
      return fault === undefined || fault === 'blank' ? {} : { remark: t(fault) }
    },
    send: async (values) => {
      try {
        await requestFriend(person.id, values.remark.trim())
      } catch (refusal) {
        if (reasonIn(refusal) === 'REQUEST_PENDING') onSent()
        if (reasonIn(refusal) === 'TARGET_BLOCKED') onBlocked()
        throw refusal
      }
      onSent()
      onClose()
      return values
    },
  })
  useEffect(() => first.current?.focus(), [])
  return (
    <form {...form}>
      <Field ref={first} label={t('remark')} hint={t('hint')} autoComplete="off" {...field('remark')} />
      {failure !== undefined && <Failure failure={failure} />}
      <div className={common.actions}>
        <Button onClick={onClose}>{t('cancel')}</Button>
        <Button type="submit" kind="main" isBusy={isBusy}>
          {t('send')}
        </Button>
      </div>
    </form>
  )
}
