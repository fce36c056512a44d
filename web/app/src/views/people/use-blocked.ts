import { listBlocked, unblockPerson } from '../../model/actions.ts'
import type { Person } from '../../model/state.ts'
import { type Loaded, useLoad } from '../common/load.ts'

export interface BlockedPeople {
  loaded: Loaded<Person[]>
  reload: () => void
  isBlocked: (id: number) => boolean
  /** Takes them off the list at once, and puts them back when that fails. */
  unblock: (person: Person) => Promise<void>
}

export function useBlocked(): BlockedPeople {
  const { loaded, reload, change } = useLoad(listBlocked)
  const unblock = async (person: Person) => {
    const before = loaded.state === 'ready' ? loaded.data.findIndex(({ id }) => id === person.id) : -1
    change((people) => people.filter(({ id }) => id !== person.id))
    try {
      await unblockPerson(person.id)
    } catch (failure) {
      if (before >= 0) change((people) => people.toSpliced(before, 0, person))
      throw failure
    }
  }
  const isBlocked = (id: number) => loaded.state === 'ready' && loaded.data.some((person) => person.id === id)
  return { loaded, reload, isBlocked, unblock }
}
