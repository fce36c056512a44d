/** A call: this browser's microphone and camera, and the way to the friend's, by WebRTC. */
import type { Chat, Signal } from 'gochat-client'
import { type Call, Calls } from 'gochat-client/calls'
import { call as ask } from './link.ts'
import { platform } from './platform.ts'
import { type CallView, keyOf, useApp } from './state.ts'
import { targetOf } from './threads.ts'

/** What the two pages say to each other, as JSON in the frames of a call. */
interface Said {
  /** With an invitation. */
  kind?: 'audio' | 'video'
  sdp?: string
  candidate?: RTCIceCandidateInit
}

// How long it stays to be read how a call ended.
const readMs = 4_000

let calls: Calls | undefined
let talk: Talk | undefined
let forget: ReturnType<typeof setTimeout> | undefined

/** Hears of calls by this chat from now on, and of those that came before. */
export function listen(chat: Chat, before: readonly Signal[]): void {
  calls?.close()
  calls = new Calls(chat)
  calls.on('ringing', rang)
  for (const signal of before) calls.receive(signal)
}

export function start(key: string, hasVideo: boolean): void {
  if (!calls || isBusy()) return
  talk = new Talk({ key, hasVideo, isOutgoing: true, state: 'waiting', isMuted: false, isCameraOff: false })
  void talk.invite(calls, targetOf(key).target_id)
}

export const accept = (): void => void talk?.accept()
export const hangUp = (): void => talk?.hangUp()
export const toggle = (what: 'isMuted' | 'isCameraOff'): void => talk?.toggle(what)

const isBusy = (): boolean => talk !== undefined && talk.view.state !== 'over'

function rang(call: Call): void {
  // Media that one's own call has asked for are asked for again: they are granted by now.
  if (talk && isBusy()) talk.end('crossed')
  const { kind } = saidIn(call.content)
  const key = keyOf(call.peer)
  const hasVideo = kind === 'video'
  talk = new Talk({ key, hasVideo, isOutgoing: false, state: 'ringing', isMuted: false, isCameraOff: false }, call)
  if (call.isMutual) void talk.accept()
}

// Whoever leaves the page or signs out hangs up.
platform.window.addEventListener('pagehide', hangUp)
useApp.subscribe(({ session }) => {
  if (!session && talk && isBusy()) talk.hangUp()
})

class Talk {
  view: CallView
  #call: Call | undefined
  #connection: RTCPeerConnection | undefined
  /** The friend's, until the answer is here. */
  readonly #candidates: RTCIceCandidateInit[] = []
  /** One's own, until the call is accepted: before, they would be for nobody, and could overtake it. */
  readonly #unsaid: RTCIceCandidateInit[] = []

  constructor(view: CallView, call?: Call) {
    this.view = view
    if (call) this.#follow(call)
    this.#show({})
  }

  async invite(all: Calls, friendId: number): Promise<void> {
    try {
      const connection = await this.#prepare()
      if (!connection) return
      await connection.setLocalDescription(await connection.createOffer())
      // The friend may have called meanwhile.
      if (this.#isOver() || all.current) return
      const kind = this.view.hasVideo ? 'video' : 'audio'
      const call = all.invite(friendId, JSON.stringify({ kind, sdp: sdpOf(connection) } satisfies Said))
      this.#follow(call)
      this.#show({ state: 'ringing' })
    } catch (failure) {
      this.#fail(failure)
    }
  }

  async accept(): Promise<void> {
    const call = this.#call
    if (!call || this.view.isOutgoing || this.view.state !== 'ringing') return
    this.#show({ state: 'connecting' })
    try {
      const connection = await this.#prepare()
      if (!connection) return
      await this.#learn({ type: 'offer', sdp: saidIn(call.content).sdp ?? '' })
      await connection.setLocalDescription(await connection.createAnswer())
      if (this.#isOver()) return
      call.accept(JSON.stringify({ sdp: sdpOf(connection) } satisfies Said))
      this.#sayAll()
    } catch (failure) {
      this.#fail(failure)
    }
  }

  /** Whoever does it need not be told. */
  hangUp(): void {
    if (this.#call) this.#call.hangUp()
    this.end('missed')
    clearTimeout(forget)
    useApp.setState({ call: undefined })
  }

  toggle(what: 'isMuted' | 'isCameraOff'): void {
    const isOff = !this.view[what]
    const tracks = what === 'isMuted' ? this.view.own?.getAudioTracks() : this.view.own?.getVideoTracks()
    for (const track of tracks ?? []) track.enabled = !isOff
    this.#show({ [what]: isOff })
  }

  /** Lets go of microphone and camera, and shows for a moment how it ended. */
  end(ending: string): void {
    if (this.#isOver()) return
    this.#connection?.close()
    for (const track of this.view.own?.getTracks() ?? []) track.stop()
    const { own: _own, friends: _friends, ...rest } = this.view
    this.view = { ...rest, state: 'over', ending }
    this.#show({})
    forget = setTimeout(() => {
      if (useApp.getState().call === this.view) useApp.setState({ call: undefined })
    }, readMs)
  }

  #follow(call: Call): void {
    this.#call = call
    call.on('accepted', (content) => {
      this.#show({ state: 'connecting' })
      this.#sayAll()
      this.#learn({ type: 'answer', sdp: saidIn(content).sdp ?? '' }).catch((failure) => this.#fail(failure))
    })
    call.on('signal', (content) => {
      const { candidate } = saidIn(content)
      if (candidate) this.#add(candidate)
    })
    call.on('ended', (ending) => this.end(ending))
  }

  /** A connection that carries this browser's microphone, and the camera if it is wanted. Undefined when it is over by then. */
  async #prepare(): Promise<RTCPeerConnection | undefined> {
    const [own, { ice_servers }] = await Promise.all([
      mediaOf(this.view.hasVideo),
      ask<{ ice_servers: RTCIceServer[] }>('GET', '/api/call/ice-servers'),
    ])
    if (this.#isOver()) {
      for (const track of own.getTracks()) track.stop()
      return undefined
    }
    const connection = new RTCPeerConnection({ iceServers: ice_servers })
    this.#connection = connection
    for (const track of own.getTracks()) connection.addTrack(track, own)
    connection.ontrack = ({ streams: [friends] }) => friends && this.#show({ friends })
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.#unsaid.push(candidate.toJSON())
      if (this.#call?.state === 'talking') this.#sayAll()
    }
    connection.onconnectionstatechange = () => this.#connectionChanged(connection.connectionState)
    this.#show({ own })
    return connection
  }

  #connectionChanged(state: RTCPeerConnectionState): void {
    if (state === 'connected' && this.view.state === 'connecting') this.#show({ state: 'talking', since: Date.now() })
    if (state !== 'failed' || this.#isOver()) return
    this.end('lost')
    this.#call?.hangUp()
  }

  async #learn(description: RTCSessionDescriptionInit): Promise<void> {
    await this.#connection?.setRemoteDescription(description)
    for (const candidate of this.#candidates.splice(0)) this.#add(candidate)
  }

  /** A candidate that is of no use is one way less. */
  #add(candidate: RTCIceCandidateInit): void {
    if (this.#connection?.remoteDescription) void this.#connection.addIceCandidate(candidate).catch(() => {})
    else this.#candidates.push(candidate)
  }

  #sayAll(): void {
    for (const candidate of this.#unsaid.splice(0)) this.#call?.signal(JSON.stringify({ candidate } satisfies Said))
  }

  #fail(failure: unknown): void {
    // No microphone, or the person does not allow it.
    const isDevice = failure instanceof DOMException
    this.end(isDevice ? 'no-device' : failure instanceof Error && 'reason' in failure ? String(failure.reason) : 'lost')
    this.#call?.hangUp()
  }

  #isOver(): boolean {
    return this.view.state === 'over'
  }

  #show(change: Partial<CallView>): void {
    this.view = { ...this.view, ...change }
    if (talk !== undefined && talk !== this && this.#isOver()) return
    clearTimeout(forget)
    useApp.setState({ call: this.view })
  }
}

/** A camera that is not there, or not allowed, keeps nobody from talking. */
async function mediaOf(hasVideo: boolean): Promise<MediaStream> {
  const devices = navigator.mediaDevices
  // Browsers give it to pages of safe origins alone.
  if (!devices) throw new DOMException('no devices', 'NotFoundError')
  if (!hasVideo) return await devices.getUserMedia({ audio: true })
  return await devices.getUserMedia({ audio: true, video: true }).catch(() => devices.getUserMedia({ audio: true }))
}

const sdpOf = ({ localDescription }: RTCPeerConnection): string => localDescription?.sdp ?? ''

/** The friend's page may be another one: what cannot be read says nothing. */
function saidIn(content: string): Said {
  try {
    const said: unknown = JSON.parse(content)
    return typeof said === 'object' && said !== null ? said : {}
  } catch {
    return {}
  }
}
