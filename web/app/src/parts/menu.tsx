import * as Radix from '@radix-ui/react-dropdown-menu'
import type { ReactNode } from 'react'
import css from './menu.module.css'

export interface MenuItem {
  label: string
  icon?: ReactNode
  isDanger?: boolean
  onSelect: () => void
}

interface MenuProps {
  /** What opens it: a Button or an IconButton. */
  trigger: ReactNode
  items: readonly MenuItem[]
  /** Where it opens: below what opens it, or beside it. */
  side?: 'bottom' | 'right'
  align?: 'start' | 'end'
}

/** Works by keyboard as menus do: arrows, the first letters, Escape. */
export function Menu({ trigger, items, side = 'bottom', align = 'end' }: MenuProps) {
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
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
