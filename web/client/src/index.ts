export {
  Chat,
  type ChatEvents,
  type FriendEvent,
  type GroupEvent,
  type Options,
  type Presence,
  type Sending,
  type Signal,
  type Typing,
} from './chat.ts'
export type { Environment, PutRequest, Socket } from './environment.ts'
export { ChatError, isOver } from './errors.ts'
export type { OnProgress, Uploading } from './files.ts'
export type { ChatType, Message, Target } from './frame.ts'
export type { Page } from './http.ts'
export type { Receipt } from './inbox.ts'
export { type Entry, memoryOutbox, newId, type Outbox } from './outbox.ts'
export { login, logout, register, type Session } from './session.ts'
export type { Friend, Group, MessageChange, MessageState, Reaction } from './wire.ts'
