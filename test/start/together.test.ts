/** Starts at the same moment, in different folders: each has its ports, or says who has them. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { choosePorts } from '../../infra/services/port.ts'
import { copyProject, type Npm, npm, type Project, processesIn, untilNoProcessIn } from './project.ts'

const ready = 'Ctrl-C stops everything'
const patienceMs = 120_000

let projects: Project[]
beforeEach(() => {
  projects = [copyProject('one'), copyProject('two')]
})
afterEach(async () => {
  for (const { parent, remove } of projects) {
    for (const { pid } of processesIn(parent)) process.kill(pid, 'SIGKILL')
    await untilNoProcessIn(parent)
    remove()
  }
})

const startAll = (ports: readonly number[]): Npm[] =>
  projects.map(({ folder }, index) => npm(folder, ['start'], { PORT: String(ports[index]) }))

async function register(port: number, username: string): Promise<unknown> {
  const body = JSON.stringify({ username, password: 'a password' })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`http://127.0.0.1:${port}/api/user/register`, { method: 'POST', headers, body })).json()
}

it('with different ports each comes up, and has a database of its own', { timeout: patienceMs }, async () => {
  const ports = await choosePorts([0, 0])
  const started = startAll(ports)
  await Promise.all(started.map((each) => each.said(ready, patienceMs)))
  for (const port of ports) expect(await register(port, 'ada')).toMatchObject({ code: 0 })
  for (const port of ports) expect(await register(port, 'ada')).toMatchObject({ reason: 'USERNAME_TAKEN' })
})

it('with one port one comes up, and the other says who has it', { timeout: patienceMs }, async () => {
  const [port = 0] = await choosePorts([0])
  const started = startAll([port, port])
  const loser = await Promise.race(started.map(({ ended }, index) => ended.then(() => index)))
  await started[1 - loser]?.said(ready, patienceMs)
  const holder = projects[1 - loser]?.folder
  expect(started[loser]?.output()).toMatch(
    new RegExp(
      `^Port ${port} is used by another program, process \\d+ \\(.*${holder}.*\\)\\. Choose another: PORT=`,
      'm',
    ),
  )
  expect(await started[loser]?.ended).toBe(1)
})
