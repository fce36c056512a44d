/** docs/check-deploy.md says what the checks of a deployment say of themselves. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { onlyAnAccountShows } from '../deploy/account.ts'
import { judged } from '../deploy/linters.ts'
import { caughtBy, mistakes } from '../deploy/mistakes.ts'
import { rules } from '../deploy/rules.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/check-deploy.md'), 'utf8')
const section = (heading: string): string => text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''

it('lists the deliberate mistakes, each with what catches it', () => {
  const rows = [...section('Deliberate mistakes').matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)].map(([, name, by]) => [
    name,
    by,
  ])
  expect(rows.slice(2)).toEqual(Object.entries(mistakes).map(([name, mistake]) => [name, caughtBy(mistake)]))
})

it('lists what only an account shows', () => {
  const lines = [...section('Only an account shows').matchAll(/^- (.+)$/gm)].map(([, line]) => line)
  expect(lines).toEqual(onlyAnAccountShows)
})

it('each rule has a mistake that it has to catch', () => {
  const caught = Object.values(mistakes).map(({ rule }) => rule)
  expect(Object.keys(rules).filter((rule) => !caught.includes(rule))).toEqual([])
  expect(caught.filter((rule) => rule !== undefined && !(rule in rules))).toEqual([])
})

it('a finding counts as accepted only by its rule and its resource, and what is accepted has to be found', () => {
  const because = 'A reason of at least twenty characters.'
  const accepted = [
    { rule: 'A1', resources: 'Web', because },
    { rule: 'A2', resources: 'Gone', because },
  ]
  const findings = [
    { rule: 'A1', resource: 'Web', text: 'one' },
    { rule: 'A1', resource: 'WebOther', text: 'two' },
  ]
  expect(judged(findings, accepted)).toEqual({ found: ['A1 WebOther: two'], vanished: ['A2 Gone'] })
})
