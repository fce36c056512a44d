import { defineTexts, languageNames, languages, setLanguage, useLanguage } from '../text/texts.ts'
import { Select } from './select.tsx'

const { useText } = defineTexts({ language: 'Language' }, { language: '语言 / Language' })

export function LanguageSelect({ className }: { className?: string | undefined }) {
  const t = useText()
  const options = languages.map((value) => ({ value, label: languageNames[value], lang: value }))
  return (
    <Select
      label={t('language')}
      value={useLanguage()}
      options={options}
      onChange={(chosen) => void setLanguage(chosen)}
      className={className}
    />
  )
}
