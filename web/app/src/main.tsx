import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { navigate } from 'wouter/use-browser-location'
import { App } from './app.tsx'
import { onConversationChosen, resume } from './model/actions.ts'
import { nameLanguage } from './text/texts.ts'
import { startTheme } from './theme.ts'
import { pathOf } from './views/paths.ts'
import './tokens.css'
import './base.css'

startTheme()
nameLanguage()
onConversationChosen((key) => navigate(pathOf(key)))
// Who cannot go on signs in: a page that stays empty helps nobody.
await resume().catch((failure: unknown) => console.error(failure))
const root = document.getElementById('app')
if (!root) throw new Error('The page has no #app.')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
