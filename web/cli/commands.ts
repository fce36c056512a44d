/** What can be typed in the terminal beside messages. */
import type { Friend } from '../client/src/index.ts'
import type { Talk } from './talk.ts'

/** The screen, as the commands see it. */
export interface Screen {
  readonly talk: Talk
  say(line: string): void
  list(friends: readonly Friend[]): void
  open(name: string): Promise<void>
  older(): Promise<void>
  leave(): void
}

export interface Command {
  /** What follows its name. */
  takes: string
  says: string
  act(screen: Screen, words: readonly string[]): Promise<void> | void
}

const named = async (screen: Screen, name: string | undefined, act: (name: string) => Promise<void>) => {
  if (name) await act(name)
  else screen.say('It takes a name.')
}

export const commands: Readonly<Record<string, Command>> = {
  to: {
    takes: 'NAME',
    says: 'talk to a friend',
    act: (screen, [name]) => named(screen, name, (one) => screen.open(one)),
  },
  friends: {
    takes: '',
    says: 'list them: ● is there, ○ is not',
    act: async (screen) => screen.list(await screen.talk.refresh()),
  },
  older: { takes: '', says: 'show what was said before', act: (screen) => screen.older() },
  add: {
    takes: 'NAME [a remark]',
    says: 'ask somebody to be a friend',
    act: (screen, [name, ...remark]) =>
      named(screen, name, async (one) => {
        await screen.talk.ask(one, remark.join(' '))
        screen.say(`${one} is asked.`)
      }),
  },
  accept: {
    takes: 'NAME',
    says: 'become friends with somebody who asked',
    act: (screen, [name]) => named(screen, name, (one) => answer(screen, one, true)),
  },
  decline: {
    takes: 'NAME',
    says: 'refuse it',
    act: (screen, [name]) => named(screen, name, (one) => answer(screen, one, false)),
  },
  help: { takes: '', says: 'show this', act: (screen) => screen.say(help) },
  quit: { takes: '', says: 'leave, as Ctrl-C does', act: (screen) => screen.leave() },
}

async function answer(screen: Screen, name: string, accepts: boolean): Promise<void> {
  const wasThere = await screen.talk.answer(name, accepts)
  if (!wasThere) return screen.say(`${name} has not asked.`)
  await screen.talk.refresh()
  screen.say(accepts ? `${name} is your friend now   /to ${name}` : `${name} is refused.`)
}

export const help: string = Object.entries(commands)
  .map(([name, { takes, says }]) => `  ${`/${name} ${takes}`.padEnd(24)} ${says}`)
  .join('\n')
