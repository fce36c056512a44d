/** What a form of the profile holds, and what is wrong with it. */
import type { ChatError } from 'gochat-client'
import { avatarFault, emailFault, nicknameFault, phoneFault } from '../common/rules.ts'

export const places = ['nickname', 'avatar', 'email', 'phone'] as const
export type Place = (typeof places)[number]
export type ProfileValues = Readonly<Record<Place, string>>

const faults = { nickname: nicknameFault, avatar: avatarFault, email: emailFault, phone: phoneFault }

/** What is wrong where: `tooLong_nickname`. */
export type Fault = { [P in Place]: `${NonNullable<ReturnType<(typeof faults)[P]>>}_${P}` }[Place]

/** Only what was changed is sent: what was stored before there were rules harms nobody who leaves it as it is. */
export const changesIn = (values: ProfileValues, before: ProfileValues): Partial<ProfileValues> =>
  Object.fromEntries(places.filter((place) => values[place] !== before[place]).map((place) => [place, values[place]]))

/** In the order of the fields. */
export function profileFaults(values: ProfileValues, before: ProfileValues): [place: Place, fault: Fault][] {
  return places.flatMap((place) => {
    const fault = values[place] === before[place] ? undefined : faults[place](values[place])
    return fault ? [[place, `${fault}_${place}` as Fault]] : []
  })
}

/** The service names the field that it does not take in the text of its refusal: `nickname: is reserved`. */
export const refusedPlace = ({ reason, message }: Pick<ChatError, 'reason' | 'message'>): Place | undefined =>
  reason === 'INVALID_INPUT' ? places.find((place) => new RegExp(`\\b${place}:`).test(message)) : undefined
