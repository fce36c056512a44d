import type { ReactNode } from 'react'
import { defineTexts } from '../../text/texts.ts'

const { useText } = defineTexts({ loading: 'Loading…' }, { loading: '正在加载…' })

/** Stands where something will be, as skeletons of its size, and says so to those who do not see them. */
export function Waiting({ children, className = '' }: { children: ReactNode; className?: string | undefined }) {
  const t = useText()
  return (
    <div aria-busy="true" className={className}>
      <span className="visually-hidden" role="status">
        {t('loading')}
      </span>
      {children}
    </div>
  )
}
