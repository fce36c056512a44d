/** Chinese glyphs for pictures, whatever fonts the machine has: served as if they were the page's own. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'

const styleSheet = createRequire(import.meta.url).resolve('@fontsource-variable/noto-sans-sc/index.css')
/** Of the page's own two stacks. */
const families = ['Noto Sans SC', 'Noto Serif SC']
/** An address below the page's own that it does not use. */
const place = '/fonts-of-tests/'

export async function useChinese(context: BrowserContext): Promise<void> {
  // To the browser, a page that was changed on its way comes from elsewhere, and would have to ask for sockets to this machine.
  await context.grantPermissions(['local-network-access'])
  const faces = readFileSync(styleSheet, 'utf8')
  const style = families.map((family) => faces.replaceAll('Noto Sans SC Variable', family)).join('\n')
  await context.route(`**${place}index.css`, (route) => route.fulfill({ contentType: 'text/css', body: style }))
  await context.route(`**${place}files/*`, (route) =>
    route.fulfill({
      contentType: 'font/woff2',
      path: join(dirname(styleSheet), new URL(route.request().url()).pathname.slice(place.length)),
    }),
  )
  // Before anything is drawn: text that was drawn without a glyph stays without it.
  await context.route(isPage, async (route) => {
    if (route.request().resourceType() !== 'document') return await route.fallback()
    const response = await route.fetch()
    const link = `<link rel="stylesheet" href="${place}index.css"></head>`
    await route.fulfill({ response, body: (await response.text()).replace('</head>', link) })
  })
}

const isPage = ({ pathname }: URL): boolean => !pathname.startsWith('/api/') && !pathname.startsWith(place)

/** Text that was drawn before its glyphs were there is drawn again. */
export async function drawAgain(page: Page): Promise<void> {
  await page.evaluate(async (names) => {
    const { body, fonts } = document
    const text = body.innerText
    const styles = [400, 500, 600, 700].flatMap((weight) => names.map((name) => `${weight} 16px "${name}"`))
    await Promise.all(styles.map((style) => fonts.load(style, text)))
    body.hidden = true
    body.getBoundingClientRect()
    body.hidden = false
  }, families)
}
