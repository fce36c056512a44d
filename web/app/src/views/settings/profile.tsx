import { ChatError } from 'gochat-client'
import { lazy, Suspense, useRef, useState } from 'react'
import { loadProfile, updateProfile } from '../../model/actions.ts'
import type { Profile } from '../../model/state.ts'
import { Avatar } from '../../parts/avatar.tsx'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import { type Form, useForm } from '../common/form.ts'
import { useLoad } from '../common/load.ts'
import { Waiting } from '../common/waiting.tsx'
import css from './profile.module.css'
import { changesIn, type Place, places, profileFaults, refusedPlace } from './profile-form.ts'
import settings from './settings.module.css'
import { Submit } from './submit.tsx'

const { useText } = defineTexts(
  {
    nickname: 'Nickname',
    nicknameHint: 'What others see. Empty: your username.',
    avatar: 'Picture',
    change: 'Change picture',
    changeTitle: 'Your picture',
    avatarHint: 'An address that begins with https://, or a path of this site. Empty: your first letter.',
    email: 'Email',
    phone: 'Phone',
    friendsSee: 'Your friends see it.',
    save: 'Save',
    saved: 'Saved',
    refused: 'The service does not take this. Choose something else.',
    tooLong_nickname: 'A nickname has at most 64 characters.',
    unusable_nickname: 'A nickname is one line, without characters that nobody sees or that turn the text around.',
    blank_nickname: 'A nickname shows something, or is empty.',
    tooLong_avatar: 'An address has at most 255 characters.',
    malformed_avatar: 'An address begins with https:// or with one /, and has no spaces or quotes.',
    tooLong_email: 'An email address has at most 128 characters.',
    malformed_email: 'An email address looks like name@example.com.',
    tooLong_phone: 'A phone number has at most 20 characters.',
    malformed_phone: 'A phone number has digits, spaces, dots, hyphens and brackets, and may begin with +.',
  },
  {
    nickname: '昵称',
    nicknameHint: '别人看到的名字；留空则显示用户名。',
    avatar: '头像',
    change: '更换头像',
    changeTitle: '头像',
    avatarHint: '以 https:// 开头的地址，或本站路径；留空则显示首字。',
    email: '邮箱',
    phone: '电话',
    friendsSee: '好友可以看到。',
    save: '保存',
    saved: '已保存',
    refused: '服务不接受此内容，请换一个。',
    tooLong_nickname: '昵称最多 64 个字符。',
    unusable_nickname: '昵称只能是一行，不能含有不可见或改变文字方向的字符。',
    blank_nickname: '昵称须有可见字符，或留空。',
    tooLong_avatar: '地址最多 255 个字符。',
    malformed_avatar: '地址须以 https:// 或单个 / 开头，且不含空格和引号。',
    tooLong_email: '邮箱最多 128 个字符。',
    malformed_email: '邮箱格式如 name@example.com。',
    tooLong_phone: '电话最多 20 个字符。',
    malformed_phone: '电话只能含数字、空格、点、连字符和括号，可以 + 开头。',
  },
)

const PictureDialog = lazy(() => import('../common/picture-dialog.tsx'))

export function ProfilePage() {
  const { loaded, reload } = useLoad(loadProfile)
  if (loaded.state === 'failed') return <Failure failure={loaded.failure} onRetry={reload} />
  if (loaded.state === 'loading') return <ProfileWaiting />
  return <ProfileForm profile={loaded.data} />
}

/** What is wrong at which field, in words. */
function useProfileForm({ nickname, avatar, email, phone }: Profile): Form<Place> {
  const t = useText()
  return useForm<Place>({
    initial: { nickname, avatar, email, phone },
    check: (values, before) =>
      Object.fromEntries(profileFaults(values, before).map(([place, fault]) => [place, t(fault)])),
    refused: (failure) => {
      const place = failure instanceof ChatError ? refusedPlace(failure) : undefined
      return place ? { [place]: t('refused') } : {}
    },
    send: async (values, before) => {
      await updateProfile(changesIn(values, before))
      return values
    },
  })
}

function ProfileForm({ profile }: { profile: Profile }) {
  const t = useText()
  const form = useProfileForm(profile)
  const { values, field } = form
  return (
    <form className={settings.card} {...form.form}>
      <div className={css.preview}>
        <Avatar size="large" id={profile.id} name={values.nickname.trim() || profile.username} src={values.avatar} />
        <p className={css.names}>
          <bdi className={css.nickname}>{values.nickname.trim() || profile.username}</bdi>
          <bdi className={css.username}>{profile.username}</bdi>
        </p>
        <ChangePicture
          profile={profile}
          current={values.avatar}
          onChange={(address) => form.learn('avatar', address)}
        />
      </div>
      <Field label={t('nickname')} hint={t('nicknameHint')} autoComplete="nickname" {...field('nickname')} />
      <Field
        label={t('avatar')}
        hint={t('avatarHint')}
        type="url"
        autoComplete="photo"
        autoCapitalize="none"
        spellCheck={false}
        {...field('avatar')}
      />
      <Field label={t('email')} hint={t('friendsSee')} type="email" autoComplete="email" {...field('email')} />
      <Field label={t('phone')} hint={t('friendsSee')} type="tel" autoComplete="tel" {...field('phone')} />
      <Submit label={t('save')} done={t('saved')} form={form} disabled={!form.isChanged} />
    </form>
  )
}

interface ChangePictureProps {
  profile: Profile
  current: string
  onChange: (address: string) => void
}

function ChangePicture({ profile: { id, nickname, username }, current, onChange }: ChangePictureProps) {
  const t = useText()
  const [isOpen, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const save = async (avatar: string) => {
    await updateProfile({ avatar })
    onChange(avatar)
  }
  return (
    <>
      <Button ref={button} onClick={() => setOpen(true)}>
        {t('change')}
      </Button>
      {isOpen && (
        <Suspense>
          <PictureDialog
            {...{ title: t('changeTitle'), type: 'avatar', id, name: nickname || username, current }}
            onSave={save}
            onClose={() => setOpen(false)}
            returnTo={button}
          />
        </Suspense>
      )}
    </>
  )
}

function ProfileWaiting() {
  return (
    <Waiting className={settings.card}>
      <div className={css.preview}>
        <Skeleton width={88} height={88} radius="28%" />
        <Skeleton width={140} height={26} />
      </div>
      {places.map((place) => (
        <div key={place} className={css.waitingField}>
          <Skeleton width={72} height={14} />
          <Skeleton width="100%" height={44} radius="var(--r2)" />
        </div>
      ))}
      <Skeleton width={80} height={40} radius="var(--r2)" />
    </Waiting>
  )
}
