/** Finds people, answers requests, and lists the blocked. */
import { defineTexts } from '../../text/texts.ts'
import { Blocked } from './blocked.tsx'
import { Find } from './find.tsx'
import { Groups } from './groups.tsx'
import { OwnName } from './own-name.tsx'
import css from './people.module.css'
import { Requests } from './requests.tsx'
import { useBlocked } from './use-blocked.ts'

const { useText } = defineTexts({ people: 'People' }, { people: '联系人' })

export default function People() {
  const t = useText()
  const blocked = useBlocked()
  return (
    <main className={css.frame}>
      <div className={css.column}>
        <h1>{t('people')}</h1>
        <Find blocked={blocked} />
        <OwnName />
        <Requests />
        <Groups />
        <Blocked blocked={blocked} />
      </div>
    </main>
  )
}
