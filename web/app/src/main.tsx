import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { navigate } from 'wouter/use-browser-location'
import { App } from './app.tsx'
import { onConversationChosen, resume } from './model/actions.ts'
import './tokens.css'
import './base.css'

onConversationChosen((key) => navigate(`/chat/${key.split(':')[1]}`))
await resume()
const root = document.getElementById('app')
if (!root) throw new Error('The page has no #app.')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
