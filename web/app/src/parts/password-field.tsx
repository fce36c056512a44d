import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, useState } from 'react'
import { defineTexts } from '../text/texts.ts'
import { IconButton } from './button.tsx'
import { Field } from './field.tsx'

// Without the word "password": a field is found by its label.
const { useText } = defineTexts(
  { show: 'Show what is typed', hide: 'Hide what is typed' },
  { show: '显示输入内容', hide: '隐藏输入内容' },
)

/** Give it `autoComplete`: "current-password" or "new-password". */
export function PasswordField(props: Omit<ComponentProps<typeof Field>, 'type' | 'trailing'>) {
  const t = useText()
  const [isShown, setShown] = useState(false)
  const Icon = isShown ? EyeOff : Eye
  return (
    <Field
      {...props}
      type={isShown ? 'text' : 'password'}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      trailing={
        <IconButton label={t(isShown ? 'hide' : 'show')} onClick={() => setShown(!isShown)}>
          <Icon size={20} />
        </IconButton>
      }
    />
  )
}
