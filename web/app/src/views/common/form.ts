/** A form: its values, what is wrong with them, and how sending them goes. */
import { type FormEvent, type RefObject, useEffect, useRef, useState } from 'react'

type Values<Name extends string> = Readonly<Record<Name, string>>
type Errors<Name extends string> = Partial<Record<Name, string>>
type Outcome = { state: 'open' | 'busy' | 'done' } | { state: 'failed'; failure: unknown }

interface Setup<Name extends string> {
  initial: Values<Name>
  /** What is wrong, by field, in the order of the fields. */
  check: (values: Values<Name>, before: Values<Name>) => Errors<Name>
  /** Resolves to the values that the form goes on with, and that count as unchanged. */
  send: (values: Values<Name>, before: Values<Name>) => Promise<Values<Name>>
  /** The fields that a failure is about. One that is about none is shown below the form. */
  refused?: (failure: unknown) => Errors<Name>
}

export interface Form<Name extends string> {
  values: Values<Name>
  isChanged: boolean
  isBusy: boolean
  /** It was sent, and nothing was typed since. */
  isDone: boolean
  /** What no field says. */
  failure: unknown
  /** A value that was changed at the service without this form. */
  learn: (name: Name, value: string) => void
  /** For a field of this name. */
  field: (name: Name) => {
    name: Name
    value: string
    error: string | undefined
    onChange: (event: { target: { value: string } }) => void
  }
  /** For the `<form>`: with `noValidate`, since the fields say what is wrong themselves. */
  form: { ref: RefObject<HTMLFormElement | null>; onSubmit: (event: FormEvent) => void; noValidate: true }
}

/** Errors are shown from the first attempt to send on; then the first wrong field has the focus. */
export function useForm<Name extends string>({ initial, check, send, refused = () => ({}) }: Setup<Name>): Form<Name> {
  const [base, setBase] = useState(initial)
  const [values, setValues] = useState(initial)
  const [isTried, setTried] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>({ state: 'open' })
  const { ref, focusFirstWrong } = useFocus()
  const refusals = outcome.state === 'failed' ? refused(outcome.failure) : {}
  const errors: Errors<Name> = { ...refusals, ...(isTried && check(values, base)) }

  const submit = async () => {
    setTried(true)
    if (Object.keys(check(values, base)).length > 0) return focusFirstWrong()
    setOutcome({ state: 'busy' })
    try {
      const next = await send(values, base)
      setBase(next)
      // What was typed meanwhile stays.
      setValues((now) => (now === values ? next : now))
      setTried(false)
      setOutcome({ state: 'done' })
    } catch (failure) {
      setOutcome({ state: 'failed', failure })
      focusFirstWrong()
    }
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (outcome.state !== 'busy') void submit()
  }
  const set = (name: Name, value: string) => {
    setValues((now) => ({ ...now, [name]: value }))
    setOutcome((now) => (now.state === 'busy' ? now : { state: 'open' }))
  }
  return {
    values,
    isChanged: (Object.keys(initial) as Name[]).some((name) => values[name] !== base[name]),
    isBusy: outcome.state === 'busy',
    isDone: outcome.state === 'done',
    failure: outcome.state === 'failed' && Object.keys(refusals).length === 0 ? outcome.failure : undefined,
    learn: (name, value) => {
      setBase((now) => ({ ...now, [name]: value }))
      setValues((now) => ({ ...now, [name]: value }))
    },
    field: (name) => ({
      name,
      value: values[name],
      error: errors[name],
      onChange: ({ target }) => set(name, target.value),
    }),
    form: { ref, onSubmit, noValidate: true },
  }
}

/** The first wrong field takes the focus once its error is shown, so that it is read out with it. */
function useFocus() {
  const ref = useRef<HTMLFormElement>(null)
  const [attempts, setAttempts] = useState(0)
  useEffect(() => {
    if (attempts > 0) ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [attempts])
  return { ref, focusFirstWrong: () => setAttempts((count) => count + 1) }
}
