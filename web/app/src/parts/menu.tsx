import * as Radix from '@radix-ui/react-dropdown-menu'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import css from './menu.module.css'

export interface MenuItem {
  label: string
  icon?: ReactNode
  isDanger?: boolean
  onSelect: () => void
}

/** One of several, of which the present one is marked. */
export interface MenuChoice {
  label: string
  options: readonly string[]
  /** The place of the present one. */
  chosen: number
  onChoose: (chosen: number) => void
}

interface MenuProps {
  /** What opens it: a Button or an IconButton. */
  trigger: ReactNode
  items: readonly MenuItem[]
  /** Below the items. */
  choice?: MenuChoice
  /** Where it opens: below what opens it, or beside it. */
  side?: 'bottom' | 'right'
  align?: 'start' | 'end'
}

/** Works by keyboard as menus do: arrows, the first letters, Escape. */
export function Menu({ trigger, items, choice, side = 'bottom', align = 'end' }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={css.menu} side={side} align={align} sideOffset={4} collisionPadding={8}>
          {items.map(({ label, icon, isDanger, onSelect }) => (
            <Radix.Item key={label} className={`${css.item} ${isDanger ? css.danger : ''}`} onSelect={onSelect}>
              {icon}
              {label}
            </Radix.Item>
          ))}
          {choice && <Choice {...choice} />}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function Choice({ label, options, chosen, onChoose }: MenuChoice) {
  return (
    <>
      <Radix.Separator className={css.line} />
      <Radix.Label className={css.label}>{label}</Radix.Label>
      <Radix.RadioGroup value={String(chosen)} onValueChange={(value) => onChoose(Number(value))} aria-label={label}>
        {options.map((option, at) => (
          <Radix.RadioItem key={option} value={String(at)} className={css.item}>
            <span className={css.mark}>
              <Radix.ItemIndicator>
                <Check size={18} aria-hidden="true" />
              </Radix.ItemIndicator>
            </span>
            {option}
          </Radix.RadioItem>
        ))}
      </Radix.RadioGroup>
    </>
  )
}
