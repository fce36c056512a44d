/** Where the edge listens: `localhost` is one address on some machines, and another first on others. */
import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { edge, hasIpv6, witness } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

const loopbacks = hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']

/** Another program at `host`. */
async function program(host: string, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer().listen({ host, port, ipv6Only: true })
  onTestFinished(() => {
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 }
}

test('both loopbacks, at one port, and no other address of the machine', async () => {
  const { call } = witness()
  const { port } = await edge({ call, hosts: loopbacks })
  for (const host of loopbacks) expect((await ask(port, '/', { host })).body).toBe('seen')
  const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  for (const { address, internal, scopeid } of others) {
    if (!internal && !scopeid) await expect(ask(port, '/', { host: address })).rejects.toThrow('ECONNREFUSED')
  }
})

test('only one of them where the machine has no other', async () => {
  const { call } = witness()
  const { port } = await edge({ call, hosts: ['127.0.0.1', '2001:db8::1'] })
  expect((await ask(port, '/')).body).toBe('seen')
  const other = await edge({ call, hosts: ['2001:db8::1', '127.0.0.1'] })
  expect((await ask(other.port, '/')).body).toBe('seen')
  await expect(edge({ hosts: ['2001:db8::1'] })).rejects.toThrow(
    /^The edge cannot listen on 2001:db8::1:0 \(EADDRNOTAVAIL\)\.$/,
  )
})

test.each(loopbacks)('not at a port that is taken on %s, and then on neither', async (host) => {
  const { port } = await program(host)
  await expect(edge({ hosts: loopbacks, port })).rejects.toThrow(
    `Port ${port} on ${host} is taken. Stop the other program, or choose another port in custom.edge.port.`,
  )
  for (const other of loopbacks.filter((one) => one !== host)) expect((await program(other, port)).port).toBe(port)
})

test('no longer once it has stopped', async () => {
  const { port, stop } = await edge({ hosts: loopbacks })
  await stop()
  for (const host of loopbacks) await expect(ask(port, '/', { host })).rejects.toThrow('ECONNREFUSED')
})
