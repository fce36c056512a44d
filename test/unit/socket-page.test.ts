/** The page of the socket: it shows all of the description, links to the other page, and needs no script. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { socketPage } from '../../infra/socket-page.ts'
import { asyncApi } from '../../lib/wire/asyncapi.ts'
import { openApi } from '../../lib/wire/openapi.ts'

const description = asyncApi('1.2.3')
const page = socketPage(description)
const all = (pattern: RegExp, text = page): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found)

describe('the page of the socket', () => {
  const sections = page.split('<section ').slice(1)

  it.each(Object.values(description.components.messages))('shows $title with all of its members', (message) => {
    const [section = '', ...others] = sections.filter((one) => one.startsWith(`id="${message.name}"`))
    expect(others).toEqual([])
    expect(all(/<tr><td><code>(\w+)<\/code>/g, section)).toEqual(Object.keys(message.payload.properties ?? {}))
    const optional = all(/<tr><td><code>(\w+)<\/code> <small>optional/g, section)
    const { properties = {}, required = [] } = message.payload
    expect(optional).toEqual(Object.keys(properties).filter((name) => !required.includes(name)))
  })

  it('shows how to connect', () => {
    const connection = sections.find((one) => one.startsWith('id="connection"')) ?? ''
    for (const part of ['ws://localhost:8080/api/ws', 'wss://{host}/api/ws', '30 to 480', 'ticket', 'batch'])
      expect(connection).toContain(part)
  })

  it('says values in words', () => {
    const value = (section: string, member: string): string | undefined =>
      all(
        new RegExp(`<code>${member}</code>[^/]*(?:</small>)?</td><td>([^<]*)</td>`, 'g'),
        sections.find((one) => one.startsWith(`id="${section}"`)),
      )[0]
    expect(value('sendMessage', 'client_msg_id')).toBe('string, length 1 to 64')
    expect(value('sendMessage', 'media')).toBe('integer, 0 to 3')
    expect(value('message', 'id')).toBe('integer, at least 1')
    expect(value('markRead', 'chat_type')).toBe('2 or 3')
    expect(value('pong', 'pong')).toBe('string or number')
  })

  it('has no script and no style of its own, which its headers do not allow', () => {
    expect(page).not.toMatch(/<script|\son\w+\s*=|javascript:|<style|\sstyle=/i)
  })

  it('leads only to what is there: its own parts, the files beside it, and the other page', () => {
    const links = all(/\s(?:href|src)="([^"]*)"/g)
    const ids = all(/\sid="([^"]*)"/g)
    expect(new Set(ids).size).toBe(ids.length)
    const inside = links.filter((one) => one.startsWith('#'))
    expect(inside.length).toBeGreaterThan(ids.length)
    expect(inside.filter((one) => !ids.includes(one.slice(1)))).toEqual([])
    const build = readFileSync(join(import.meta.dirname, '../../infra/build-api-page.ts'), 'utf8')
    const beside = links.filter((one) => !one.startsWith('#'))
    expect(beside).toEqual(expect.arrayContaining(['index.html', 'asyncapi.json', 'ws.css']))
    expect(beside.filter((one) => !build.includes(`'${one}'`))).toEqual([])
    expect(JSON.stringify(openApi('1.2.3'))).toContain('/swagger/ws.html')
  })

  it('takes nothing of the description for HTML', () => {
    const odd = '<img src=x onerror="alert(1)">&\'`'
    const changed = asyncApi(odd)
    for (const message of Object.values(changed.components.messages)) {
      message.summary = odd
      message.description = odd
      message.title = odd
      message.payload = { properties: { [odd]: { type: odd, description: odd } }, required: [] }
      message.examples = [{ payload: { odd } }]
    }
    const text = socketPage(changed)
    expect(text).not.toContain('<img')
    expect(text).not.toMatch(/="[^"]*<|onerror="/)
    expect(text).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;')
  })
})
