/** Chinese glyphs for pictures, whatever fonts the machine has: served as if they were the page's own. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BrowserContext } from 'playwright-core'

const styleSheet = createRequire(import.meta.url).resolve('@fontsource-variable/noto-sans-sc/index.css')
/** An address below the page's own that it does not use. */
const place = '/fonts-of-tests/'

export async function useChinese(context: BrowserContext): Promise<void> {
  const style = readFileSync(styleSheet, 'utf8').replaceAll('Noto Sans SC Variable', 'Noto Sans SC')
  await context.route(`**${place}index.css`, (route) => route.fulfill({ contentType: 'text/css', body: style }))
  await context.route(`**${place}files/*`, (route) =>
    route.fulfill({
      contentType: 'font/woff2',
      path: join(dirname(styleSheet), new URL(route.request().url()).pathname.slice(place.length)),
    }),
  )
  await context.addInitScript((href) => {
    addEventListener('DOMContentLoaded', () => {
      const link = document.createElement('link')
      Object.assign(link, { rel: 'stylesheet', href })
      document.head.append(link)
    })
  }, `${place}index.css`)
}
