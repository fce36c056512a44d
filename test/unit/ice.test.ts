/** ICE servers: what is configured, and credentials as coturn checks them. */
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../lib/core/config.ts'
import { iceServers } from '../../lib/service/call/ice.ts'

const iceOf = (env: Record<string, string>) => readConfig({ STAGE: 'production', ...env }).ice

describe('ICE servers', () => {
  const turn = { TURN_URLS: 'turn:turn.example:3478?transport=udp,turns:turn.example:5349', TURN_SECRET: 'north' }

  it('are none by default', () => {
    expect(iceServers(7, 1_790_000_000_000, iceOf({}))).toEqual({ ice_servers: [], expires_in: 0 })
  })

  it('are STUN servers for everybody, without credentials', () => {
    const given = iceOf({ STUN_URLS: 'stun:one.example:3478, stun:two.example' })
    const urls = ['stun:one.example:3478', 'stun:two.example']
    expect(iceServers(7, 1_790_000_000_000, given)).toEqual({ ice_servers: [{ urls }], expires_in: 0 })
  })

  it('are TURN servers with a name that expires, and its HMAC by the shared secret', () => {
    const given = iceOf({ ...turn, TURN_TTL_SECONDS: '600' })
    expect(iceServers(7, 1_790_000_000_999, given)).toEqual({
      ice_servers: [
        {
          urls: ['turn:turn.example:3478?transport=udp', 'turns:turn.example:5349'],
          username: '1790000600:7',
          // printf %s 1790000600:7 | openssl dgst -sha1 -hmac north -binary | base64
          credential: 'Vx/PzskMDPhpsM3zTap6ShPQ0HM=',
        },
      ],
      expires_in: 600,
    })
  })

  it('need a secret for TURN, and addresses of their own schemes', () => {
    expect(() => iceOf({ TURN_URLS: turn.TURN_URLS })).toThrow('TURN_SECRET is not set')
    expect(() => iceOf({ STUN_URLS: 'turn:turn.example' })).toThrow('STUN_URLS must hold addresses')
    expect(() => iceOf({ ...turn, TURN_URLS: 'https://turn.example' })).toThrow('TURN_URLS must hold addresses')
  })
})
