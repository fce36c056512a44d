/** How far a message of one's own has come. */
import type { ShownMessage } from '../../model/state.ts'

/** Named as its text is. */
export type Progress = 'sending' | 'stored' | 'read' | 'failed'

export function progressOf({ state, seq }: Pick<ShownMessage, 'state' | 'seq'>, peerReadSeq: number): Progress {
  if (state !== 'stored') return state
  return seq !== undefined && seq <= peerReadSeq ? 'read' : 'stored'
}
