/** Texts in English and Chinese. Each view names its own, beside itself. */
import i18next from 'i18next'
import { useSyncExternalStore } from 'react'
import { keepChoice, readChoice } from '../stored.ts'
import { type Language, languages, preferredLanguage, tagOf } from './language.ts'

export { type Language, languageNames, languages } from './language.ts'

type Texts = Readonly<Record<string, string>>
/** What stands for `{{name}}` in a text. `count` chooses between the forms `key_one` and `key_other`. */
type Values = Readonly<Record<string, string | number>>
type Key<T> = T extends `${infer Name}_one` ? Name : T extends `${infer Name}_other` ? Name : T

const text = i18next.createInstance()
void text.init({
  lng: preferredLanguage(readChoice('language'), globalThis.navigator?.languages ?? []),
  fallbackLng: 'en',
  supportedLngs: languages,
  initAsync: false,
  interpolation: { escapeValue: false },
  resources: {},
})

const language = (): Language => (text.language === 'zh' ? 'zh' : 'en')

/** `zh-CN` or `en`: for `Intl`. */
export const languageTag = (): string => tagOf(language())

/** Shows everything in this language, now and when the page is opened again. */
export async function setLanguage(chosen: Language): Promise<void> {
  keepChoice('language', chosen)
  await text.changeLanguage(chosen)
}

/** Tells the browser now and at each change: it chooses fonts, hyphens and voices by the language. Called once. */
export function nameLanguage(): void {
  const name = () => {
    document.documentElement.lang = languageTag()
  }
  text.on('languageChanged', name)
  name()
}

const subscribe = (changed: () => void) => {
  text.on('languageChanged', changed)
  return () => text.off('languageChanged', changed)
}

export const useLanguage = (): Language => useSyncExternalStore(subscribe, language)

let sets = 0

/**
 * Registers texts. Both languages have the same keys; Chinese has no `_one`.
 *
 * @returns a hook, whose function gives a text in the chosen language; and that function itself, for code that is no view.
 */
export function defineTexts<En extends Texts, Zh extends Record<Exclude<keyof En, `${string}_one`>, string>>(
  en: En,
  zh: Zh & Texts,
) {
  const namespace = String(++sets)
  text.addResourceBundle('en', namespace, en)
  text.addResourceBundle('zh', namespace, zh)
  // Its own type checks keys against one set of texts for all.
  const translate: (key: string, options: Values) => string = text.t.bind(text)
  const t = (key: Key<keyof En & string>, values?: Values): string => translate(key, { ns: namespace, ...values })
  const useText = () => {
    useLanguage()
    return t
  }
  return { t, useText }
}
