// Before the first paint, so that nothing flashes: src/theme.ts takes over once it is loaded.
;(() => {
  let theme = null
  try {
    theme = localStorage.getItem('gochat.theme')
  } catch {
    // Storage is forbidden.
  }
  if (theme !== 'light' && theme !== 'dark')
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = theme
})()
