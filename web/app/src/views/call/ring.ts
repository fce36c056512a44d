/** The sound of a call that rings, as the browser makes it: no file is loaded for it. */

const everyMs = 3_000
const tones = [659, 523]
const toneSeconds = 0.35

/** Rings until what it returns is called. A page that nobody has touched yet may not make sounds, and rings silently. */
export function ring(): () => void {
  const context = new AudioContext()
  const strike = () => {
    for (const [index, frequency] of tones.entries()) {
      const begin = context.currentTime + index * toneSeconds
      const tone = new OscillatorNode(context, { frequency })
      const volume = new GainNode(context, { gain: 0.2 })
      volume.gain.setValueAtTime(0.2, begin)
      volume.gain.exponentialRampToValueAtTime(0.001, begin + toneSeconds)
      tone.connect(volume).connect(context.destination)
      tone.start(begin)
      tone.stop(begin + toneSeconds)
    }
  }
  strike()
  const timer = setInterval(strike, everyMs)
  return () => {
    clearInterval(timer)
    void context.close()
  }
}
