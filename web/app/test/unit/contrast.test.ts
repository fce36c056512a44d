/** Contrasts of the page's colours, as WCAG 2.2 counts them (1.4.3 and 1.4.11): https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('../../src/tokens.css', import.meta.url), 'utf8')

const colours = (selector: string): Record<string, string> => {
  const block = css.slice(css.indexOf(`${selector} {`)).split('\n}')[0] ?? ''
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]))
}
const light = colours(':root')
const themes = { light, dark: { ...light, ...colours(':root[data-theme="dark"]') } }

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

const surfaces = ['paper', 'sheet', 'sunken']
const on = (names: string[], below: string[]) =>
  names.flatMap((name) => below.map((surface) => [name, surface] as const))

/** All that is read, on all that it stands on. */
const read = [
  ...on(['ink', 'ink-soft', 'ink-faint', 'seal'], surfaces),
  ...on(['ink', 'seal'], ['seal-soft']),
  ...on(['on-seal'], ['seal', 'seal-strong']),
  ...on(['on-mine', 'on-mine-soft'], ['mine']),
  ...on(
    ['on-tone'],
    [0, 1, 2, 3, 4, 5].map((tone) => `tone-${tone}`),
  ),
  // What the selection and notices look like.
  ...on(['paper'], ['ink']),
  // "typing…" in the list, on an entry that is pointed at, too.
  ...on(['online'], surfaces),
]

/** All that is operated, or means something without a word. */
const operated = on(['edge', 'focus', 'online', 'seal'], surfaces)

describe.each(Object.entries(themes))('in the %s theme', (_, theme) => {
  const ratio = (one: string, other: string): number => {
    const [a, b] = [theme[one], theme[other]]
    if (!a || !b) throw new Error(`No colour --${a ? other : one} in tokens.css.`)
    return contrast(a, b)
  }

  test.each(read)('--%s is read on --%s', (text, surface) => {
    expect(ratio(text, surface)).toBeGreaterThanOrEqual(4.5)
  })

  test.each(operated)('--%s is seen on --%s', (part, surface) => {
    expect(ratio(part, surface)).toBeGreaterThanOrEqual(3)
  })
})

test('the two themes have the same colours', () => {
  const both = Object.keys(light).filter((name) => !name.includes('tone'))
  expect(Object.keys(colours(':root[data-theme="dark"]'))).toEqual(both)
})

test('black on white is 21 to 1', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
})
