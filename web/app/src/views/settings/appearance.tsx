import { LanguageSelect } from '../../parts/language-select.tsx'
import { Select } from '../../parts/select.tsx'
import { defineTexts } from '../../text/texts.ts'
import { setTheme, themes, useTheme } from '../../theme.ts'
import settings from './settings.module.css'

const { useText } = defineTexts(
  { theme: 'Theme', system: 'System', light: 'Light', dark: 'Dark', here: 'Kept in this browser.' },
  { theme: '主题', system: '跟随系统', light: '浅色', dark: '深色', here: '仅保存在此浏览器中。' },
)

export function Appearance() {
  const t = useText()
  return (
    <div className={settings.card}>
      <Select
        label={t('theme')}
        value={useTheme()}
        options={themes.map((value) => ({ value, label: t(value) }))}
        onChange={setTheme}
      />
      <LanguageSelect />
      <p className={settings.soft}>{t('here')}</p>
    </div>
  )
}
