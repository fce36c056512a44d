/** Chinese glyphs for pictures, whatever fonts the machine has: served as if they were the page's own. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BrowserContext } from 'playwright-core'

const styleSheet = createRequire(import.meta.url).resolve('@fontsource-variable/noto-sans-sc/index.css')
/** An address of the page that it does not use. */
const place = '/fonts-of-tests/'

export async function useChinese(context: BrowserContext): Promise<void> {
  const style = readFileSync(styleSheet, 'utf8')
    .replaceAll('Noto Sans SC Variable', 'Noto Sans SC')
    .replaceAll('./files/', place)
  await context.route(`**${place}*`, (route) =>
    route.fulfill({
      contentType: 'font/woff2',
      path: join(dirname(styleSheet), 'files', new URL(route.request().url()).pathname.slice(place.length)),
    }),
  )
  await context.addInitScript((text) => {
    addEventListener('DOMContentLoaded', () => {
      const element = document.createElement('style')
      element.textContent = text
      document.head.append(element)
    })
  }, style)
}
