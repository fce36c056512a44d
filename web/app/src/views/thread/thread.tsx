import { lazy } from 'react'

const load = () => import('./conversation.tsx')

// Not needed for the first view, and fetched before somebody asks for it. What fails here is asked for again when it is needed.
window.addEventListener('load', () => void load().catch(() => {}), { once: true })

/** A conversation. */
export default lazy(load)
