import { Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import { exportData } from '../../model/actions.ts'
import { useApp } from '../../model/state.ts'
import { Button } from '../../parts/button.tsx'
import { defineTexts, languageTag } from '../../text/texts.ts'
import { Failure } from '../common/failure.tsx'
import { exportName } from './export-name.ts'
import settings from './settings.module.css'

const { useText } = defineTexts(
  {
    title: 'A copy of your data',
    more: 'Your profile, sessions, friends, requests, blocks, and every message of your conversations, in one file.',
    start: 'Export',
    progress_one: '{{shown}} entry so far…',
    progress_other: '{{shown}} entries so far…',
    saved: 'Saved as {{name}}',
    again: 'Save again',
  },
  {
    title: '您的数据副本',
    more: '个人资料、登录设备、好友、申请、黑名单，以及所有会话的全部消息，存为一个文件。',
    start: '导出',
    progress_other: '已读取 {{shown}} 条…',
    saved: '已保存为 {{name}}',
    again: '再次保存',
  },
)

interface File {
  name: string
  url: string
}

type Progress =
  | { state: 'idle' }
  | { state: 'busy'; entries: number }
  | { state: 'saved'; file: File }
  | { state: 'failed'; failure: unknown }

/** A click on a link is how a page saves a file. */
function save({ name, url }: File): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}

function useExport() {
  const username = useApp(({ session }) => session?.username ?? '')
  const [progress, setProgress] = useState<Progress>({ state: 'idle' })
  const url = progress.state === 'saved' ? progress.file.url : undefined
  // The file is held for as long as it can be saved again.
  useEffect(() => () => (url ? URL.revokeObjectURL(url) : undefined), [url])
  const start = async () => {
    setProgress({ state: 'busy', entries: 0 })
    try {
      const blob = await exportData((entries) => setProgress({ state: 'busy', entries }))
      const file = { name: exportName(username, new Date()), url: URL.createObjectURL(blob) }
      save(file)
      setProgress({ state: 'saved', file })
    } catch (failure) {
      setProgress({ state: 'failed', failure })
    }
  }
  return { progress, start }
}

export function ExportData() {
  const t = useText()
  const { progress, start } = useExport()
  const said = () => {
    if (progress.state === 'busy') {
      const shown = new Intl.NumberFormat(languageTag()).format(progress.entries)
      return t('progress', { count: progress.entries, shown })
    }
    return progress.state === 'saved' ? t('saved', { name: progress.file.name }) : ''
  }
  return (
    <section className={settings.card}>
      <h3>{t('title')}</h3>
      <p className={settings.soft}>{t('more')}</p>
      <div className={settings.submit}>
        {progress.state === 'saved' ? (
          <Button onClick={() => save(progress.file)}>
            <Download size={18} aria-hidden="true" />
            {t('again')}
          </Button>
        ) : (
          <Button isBusy={progress.state === 'busy'} onClick={() => void start()}>
            <Download size={18} aria-hidden="true" />
            {t('start')}
          </Button>
        )}
        <span className={settings.note} role="status">
          {said()}
        </span>
      </div>
      {progress.state === 'failed' && <Failure failure={progress.failure} onRetry={() => void start()} />}
    </section>
  )
}
