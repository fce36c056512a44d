/** Which language a person reads. */
export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** As each is called by those who speak it. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', zh: '中文' }

/** The chosen one, else the first of the browser's that there is, else English. */
export function preferredLanguage(chosen: string | undefined, wanted: readonly string[]): Language {
  const known = (tag: string) => languages.find((one) => tag.toLowerCase().split('-')[0] === one)
  return known(chosen ?? '') ?? wanted.map(known).find((one) => one !== undefined) ?? 'en'
}

/** For `lang` and Intl: Chinese is written in simplified characters here. */
export const tagOf = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en')
