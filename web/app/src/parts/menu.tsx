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
}

/** Works by keyboard as menus do: arrows, the first letters, Escape. */
export function Menu({ trigger, items }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={css.menu} align="end" sideOffset={4} collisionPadding={8}>
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
