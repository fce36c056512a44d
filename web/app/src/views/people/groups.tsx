import { Search, UsersRound } from 'lucide-react'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { answerGroupRequest, createGroup, type FoundGroup, findGroup, joinGroup } from '../../model/actions.ts'
import { type GroupRequest, keyOf, useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import { useForm } from '../common/form.ts'
import css from './people.module.css'
import { PersonRow } from './person-row.tsx'

const { useText } = defineTexts(
  {
    title: 'Groups',
    name: 'Name of a new group',
    nameHint: 'You own it, and invite your friends to it.',
    nameMissing: 'Enter a name.',
    create: 'Create group',
    code: 'Code of a group',
    codeHint: 'Its members see it in the group, under More and Members.',
    codeMissing: 'Enter a code.',
    search: 'Find group',
    nothing: 'No group has the code “{{code}}”.',
    members_one: '{{count}} member',
    members_other: '{{count}} members',
    join: 'Join',
    ask: 'Ask to join',
    asked: 'Asked. You are in as soon as an administrator accepts it.',
    invited: 'By invitation only.',
    open: 'Open chat',
    requests: 'Requests to join your groups',
    wants: 'Wants to join {{group}}.',
    accept: 'Accept',
    decline: 'Decline',
  },
  {
    title: '群聊',
    name: '新群聊的名称',
    nameHint: '您将成为群主，可以邀请好友加入。',
    nameMissing: '请输入名称。',
    create: '创建群聊',
    code: '群号',
    codeHint: '群成员可在群聊的“更多 - 群成员”中看到群号。',
    codeMissing: '请输入群号。',
    search: '查找群聊',
    nothing: '没有群号为“{{code}}”的群聊。',
    members_other: '{{count}} 名成员',
    join: '加入',
    ask: '申请加入',
    asked: '申请已发送，管理员同意后即可加入。',
    invited: '仅限邀请加入。',
    open: '打开聊天',
    requests: '入群申请',
    wants: '申请加入 {{group}}。',
    accept: '接受',
    decline: '拒绝',
  },
)

/** Creates groups, finds them, and answers who wants to join those that the person runs. */
export function Groups() {
  const t = useText()
  return (
    <section aria-labelledby="groups-title">
      <h2 id="groups-title">{t('title')}</h2>
      <Create />
      <FindGroup />
      <GroupRequests />
    </section>
  )
}

function Create() {
  const t = useText()
  const [, navigate] = useLocation()
  const { form, field, isBusy, failure } = useForm<'name'>({
    initial: { name: '' },
    check: ({ name }) => (name.trim() === '' ? { name: t('nameMissing') } : {}),
    send: async ({ name }) => {
      navigate(`/group/${await createGroup(name.trim())}`)
      return { name: '' }
    },
  })
  return (
    <>
      <form className={css.search} {...form}>
        <Field
          label={t('name')}
          hint={t('nameHint')}
          maxLength={50}
          autoComplete="off"
          dir="auto"
          className={css.searchField}
          {...field('name')}
        />
        <Button type="submit" isBusy={isBusy} className={css.searchButton}>
          <UsersRound size={18} aria-hidden="true" />
          {t('create')}
        </Button>
      </form>
      {failure !== undefined && <Failure failure={failure} />}
    </>
  )
}

interface Found {
  code: string
  group: FoundGroup | undefined
}

function FindGroup() {
  const t = useText()
  const [found, setFound] = useState<Found>()
  const { form, field, isBusy, failure } = useForm<'code'>({
    initial: { code: '' },
    check: ({ code }) => (code.trim() === '' ? { code: t('codeMissing') } : {}),
    send: async (values) => {
      setFound(undefined)
      const code = values.code.trim()
      setFound({ code, group: await findGroup(code) })
      return values
    },
  })
  return (
    <>
      <form className={css.search} {...form}>
        <Field
          label={t('code')}
          hint={t('codeHint')}
          maxLength={16}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          className={css.searchField}
          {...field('code')}
        />
        <Button type="submit" isBusy={isBusy} className={css.searchButton}>
          <Search size={18} aria-hidden="true" />
          {t('search')}
        </Button>
      </form>
      <div className={css.result} aria-live="polite">
        {failure !== undefined && <Failure failure={failure} />}
        {found?.group && <GroupCard key={found.group.id} group={found.group} />}
        {found && !found.group && <p className={css.empty}>{t('nothing', { code: found.code })}</p>}
      </div>
    </>
  )
}

function GroupCard({ group: { id, name, icon, desc, member_count, join_policy } }: { group: FoundGroup }) {
  const t = useText()
  const isMember = useApp(({ conversations }) => conversations[keyOf(id, 3)]?.isOpen === true)
  const [state, setState] = useState<'open' | 'busy' | 'asked'>('open')
  const [failure, setFailure] = useState<unknown>()
  const ask = async () => {
    setState('busy')
    setFailure(undefined)
    try {
      await joinGroup(id)
      setState('asked')
    } catch (error) {
      setFailure(error)
      setState('open')
    }
  }
  const note = (
    <>
      {desc && <bdi className={css.remark}>{desc}</bdi>}
      <span role="status">
        {state === 'asked' && !isMember ? t('asked') : t('members', { count: member_count })}
        {join_policy === 3 && !isMember && ` ${t('invited')}`}
      </span>
    </>
  )
  return (
    <div className={css.card}>
      <PersonRow id={id} name={name} username={name} avatar={icon} note={note}>
        {isMember && (
          <Link href={`/group/${id}`} className={css.link}>
            {t('open')}
          </Link>
        )}
        {!isMember && state !== 'asked' && join_policy !== 3 && (
          <Button kind="main" isBusy={state === 'busy'} onClick={() => void ask()}>
            {t(join_policy === 2 ? 'join' : 'ask')}
          </Button>
        )}
      </PersonRow>
      {failure !== undefined && <Failure failure={failure} className={css.below} />}
    </div>
  )
}

function GroupRequests() {
  const t = useText()
  const requests = useApp((state) => state.groupRequests)
  const [failed, setFailed] = useState<{ id: number; failure: unknown }>()
  if (requests.length === 0) return null
  const answer = (request: GroupRequest, accepts: boolean) => {
    setFailed(undefined)
    answerGroupRequest(request, accepts).catch((failure: unknown) => setFailed({ id: request.id, failure }))
  }
  return (
    <>
      <h3 className={css.inner}>{t('requests')}</h3>
      <ul className={css.list} aria-label={t('requests')}>
        {requests.map((request) => (
          <li key={request.id}>
            <PersonRow
              id={request.sender_id}
              name={request.sender_name}
              username={request.sender_name}
              avatar={request.avatar}
              note={
                <>
                  {request.remark && <bdi className={css.remark}>{request.remark}</bdi>}
                  <span>{t('wants', { group: request.group_name })}</span>
                </>
              }
            >
              <Button onClick={() => answer(request, false)}>{t('decline')}</Button>
              <Button kind="main" onClick={() => answer(request, true)}>
                {t('accept')}
              </Button>
            </PersonRow>
            {failed?.id === request.id && <Failure failure={failed.failure} className={css.below} />}
          </li>
        ))}
      </ul>
    </>
  )
}
