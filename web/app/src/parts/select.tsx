import { ChevronDown } from 'lucide-react'
import { useId } from 'react'
import css from './field.module.css'

interface SelectProps<Value extends string> {
  label: string
  value: Value
  options: readonly { value: Value; label: string; lang?: string }[]
  onChange: (value: Value) => void
  className?: string | undefined
}

/** One of a few. The browser's own list: it works everywhere as people know it. */
export function Select<Value extends string>({ label, value, options, onChange, className = '' }: SelectProps<Value>) {
  const id = useId()
  const choose = (chosen: string) => {
    const option = options.find((one) => one.value === chosen)
    if (option) onChange(option.value)
  }
  return (
    <div className={`${css.field} ${className}`}>
      <label htmlFor={id}>{label}</label>
      <div className={css.box}>
        <select id={id} value={value} onChange={({ target }) => choose(target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value} lang={option.lang}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown size={18} className={css.arrow} aria-hidden="true" />
      </div>
    </div>
  )
}
