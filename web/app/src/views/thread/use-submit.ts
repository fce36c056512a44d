import { useState } from 'react'
import { reasonIn } from '../../text/reason.ts'

/** What a dialog waits for: it closes when that is done, and shows why it failed. */
export function useSubmit(action: () => Promise<void>, onDone: () => void) {
  const [isBusy, setBusy] = useState(false)
  const [reason, setReason] = useState<string>()
  const submit = async () => {
    setBusy(true)
    setReason(undefined)
    try {
      await action()
      onDone()
    } catch (error) {
      setReason(reasonIn(error))
    } finally {
      setBusy(false)
    }
  }
  return { isBusy, reason, submit, reset: () => setReason(undefined) }
}
