import { Search } from 'lucide-react'
import { useState } from 'react'
import { findPerson } from '../../model/actions.ts'
import type { Person } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { defineTexts } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import { useForm } from '../common/form.ts'
import { Waiting } from '../common/waiting.tsx'
import css from './people.module.css'
import { PersonCard } from './person-card.tsx'
import type { BlockedPeople } from './use-blocked.ts'

const { useText } = defineTexts(
  {
    title: 'Find somebody',
    username: 'Username',
    hint: 'The whole name, as its owner writes it. Capitals make no difference.',
    search: 'Search',
    missing: 'Enter a username.',
    nobody: 'Nobody is called “{{name}}”. Ask your friend for the whole username.',
  },
  {
    title: '查找用户',
    username: '用户名',
    hint: '请输入完整的用户名，不区分大小写。',
    search: '搜索',
    missing: '请输入用户名。',
    nobody: '没有名为“{{name}}”的用户，请向好友询问完整的用户名。',
  },
)

/** What a search of this name came to. */
interface Found {
  name: string
  person: Person | undefined
}

function useFind() {
  const t = useText()
  const [found, setFound] = useState<Found>()
  const form = useForm<'username'>({
    initial: { username: '' },
    check: ({ username }) => (username.trim() === '' ? { username: t('missing') } : {}),
    send: async (values) => {
      setFound(undefined)
      const name = values.username.trim()
      setFound({ name, person: await findPerson(name) })
      return values
    },
  })
  return { found, ...form }
}

export function Find({ blocked }: { blocked: BlockedPeople }) {
  const t = useText()
  const { found, form, field, isBusy, failure } = useFind()
  return (
    <section aria-labelledby="find-title">
      <h2 id="find-title">{t('title')}</h2>
      <search>
        <form className={css.search} {...form}>
          <Field
            label={t('username')}
            hint={t('hint')}
            type="search"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            enterKeyHint="search"
            className={css.searchField}
            {...field('username')}
          />
          <Button type="submit" kind="main" isBusy={isBusy} className={css.searchButton}>
            <Search size={18} aria-hidden="true" />
            {t('search')}
          </Button>
        </form>
      </search>
      <div className={css.result} aria-live="polite">
        {isBusy && <CardWaiting />}
        {failure !== undefined && <Failure failure={failure} onRetry={() => form.ref.current?.requestSubmit()} />}
        {!isBusy && found?.person && <PersonCard key={found.person.id} person={found.person} blocked={blocked} />}
        {!isBusy && found && !found.person && <p className={css.empty}>{t('nobody', { name: found.name })}</p>}
      </div>
    </section>
  )
}

function CardWaiting() {
  return (
    <Waiting className={`${css.row} ${css.card}`}>
      <Skeleton width={44} height={44} radius="28%" />
      <div className={css.words}>
        <Skeleton width={140} height={20} />
        <Skeleton width={90} height={16} />
      </div>
    </Waiting>
  )
}
