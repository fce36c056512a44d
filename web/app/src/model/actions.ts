/**
 * What a person can do. Actions that a form waits for reject with the library's ChatError, whose `reason` the form shows
 * (`reasonText` of text/reason.ts); the others put a failure into `notice`, or into the message that failed.
 */
import type { FriendRequest, Person, Profile } from './state.ts'

const notYet = (): never => {
  throw new Error('not built yet')
}

export interface SessionEntry {
  id: string
  device: string
  address: string
  created_at: number
  seen_at: number
  expires_at: number
  online: boolean
  current: boolean
}

// Account
/** Goes on with the session that this browser keeps, if there is one. Called once, before the first view. */
export const resume = async (): Promise<void> => notYet()
export const signUp = async (_username: string, _password: string): Promise<void> => notYet()
export const signIn = async (_username: string, _password: string): Promise<void> => notYet()
export const signOut = async (): Promise<void> => notYet()
export const loadProfile = async (): Promise<Profile> => notYet()
export const updateProfile = async (_changes: Partial<Omit<Profile, 'id' | 'username'>>): Promise<void> => notYet()
export const changePassword = async (_oldPassword: string, _newPassword: string): Promise<void> => notYet()
export const listSessions = async (): Promise<SessionEntry[]> => notYet()
export const endSession = async (_id: string): Promise<void> => notYet()
export const endOtherSessions = async (): Promise<void> => notYet()
export const deleteAccount = async (_password: string): Promise<void> => notYet()
/** Everything that the service has of the user, as a file that the browser saves. `onProgress` is told the entries so far. */
export const exportData = async (_onProgress: (entries: number) => void): Promise<Blob> => notYet()
/** Connects again at a person's wish: after `ended`, or without waiting for the next attempt. */
export const reconnect = (): void => notYet()

// People
/** The one of exactly this name, or undefined. */
export const findPerson = async (_username: string): Promise<Person | undefined> => notYet()
export const requestFriend = async (_id: number, _remark: string): Promise<void> => notYet()
export const answerRequest = async (_request: FriendRequest, _accepts: boolean): Promise<void> => notYet()
/** The name that the owner alone sees; an empty one takes it away. */
export const nameFriend = async (_id: number, _desc: string): Promise<void> => notYet()
export const deleteFriend = async (_id: number): Promise<void> => notYet()
export const blockPerson = async (_id: number): Promise<void> => notYet()
export const unblockPerson = async (_id: number): Promise<void> => notYet()
export const listBlocked = async (): Promise<Person[]> => notYet()

// Conversations: `key` as in the state
/** Shows a conversation: reads its newest page, and keeps it current until another one is opened. */
export const openThread = async (_key: string): Promise<void> => notYet()
export const closeThread = (_key: string): void => notYet()
export const loadOlder = async (_key: string): Promise<void> => notYet()
export const sendMessage = (_key: string, _content: string, _media: 1 | 2 | 3 = 1): void => notYet()
/** Sends a failed message again, or takes it away. */
export const retryMessage = (_key: string, _messageKey: string): void => notYet()
export const discardMessage = (_key: string, _messageKey: string): void => notYet()
/** The person has seen everything up to `seq`. */
export const markRead = (_key: string, _seq: number): void => notYet()
/** Called at each change of the text; tells the other side at most every few seconds, and when it stops. */
export const setTyping = (_key: string, _typing: boolean): void => notYet()
