import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { resume } from './model/actions.ts'
import './tokens.css'
import './base.css'

await resume()
const root = document.getElementById('app')
if (!root) throw new Error('The page has no #app.')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
