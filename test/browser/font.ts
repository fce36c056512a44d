/** Chinese glyphs for pictures, whatever fonts the machine has: served as if they were the page's own. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BrowserContext } from 'playwright-core'

const styleSheet = createRequire(import.meta.url).resolve('@fontsource-variable/noto-sans-sc/index.css')
/** An address below the page's own that it does not use. */
const place = '/fonts-of-tests/'

export async function useChinese(context: BrowserContext): Promise<void> {
  // To the browser, a page that was changed on its way comes from elsewhere, and would have to ask for sockets to this machine.
  await context.grantPermissions(['local-network-access'])
  const style = readFileSync(styleSheet, 'utf8').replaceAll('Noto Sans SC Variable', 'Noto Sans SC')
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
