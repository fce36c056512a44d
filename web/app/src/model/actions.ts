/**
 * What a person can do. Actions that a form waits for reject with the library's ChatError, whose `reason` the form shows
 * (`reasonText` of text/reason.ts); the others put a failure into `notice`, or into the message that failed.
 */
export { changePassword, deleteAccount, reconnect, resume, signIn, signOut, signUp } from './account.ts'
export { acceptCall, hangUp, startCall, toggleCamera, toggleMicrophone } from './call.ts'
export {
  closeThread,
  discardMessage,
  editMessage,
  loadNewer,
  loadOlder,
  loadQuoted,
  lookAt,
  lookAtEnd,
  markRead,
  openThread,
  reactTo,
  recallMessage,
  retryMessage,
  sendMessage,
  setTyping,
} from './conversation.ts'
export {
  attachFiles,
  fileAddress,
  removeAttachment,
  retryAttachment,
  sendAttachments,
  uploadPicture,
} from './files.ts'
export {
  answerGroupRequest,
  createGroup,
  dissolveGroup,
  type FoundGroup,
  findGroup,
  inviteTo,
  joinGroup,
  kick,
  leaveGroup,
  makeOwner,
  membersOf,
  muteMember,
  renameGroup,
  setGroupIcon,
  setGroupNotify,
  setRole,
} from './groups.ts'
export { loadMembers } from './members.ts'
export { announceCall, onConversationChosen, setNotifications } from './notify.ts'
export {
  endOtherSessions,
  endSession,
  exportData,
  listSessions,
  loadProfile,
  type SessionEntry,
  updateProfile,
} from './own-data.ts'
export {
  answerRequest,
  blockPerson,
  deleteFriend,
  findPerson,
  listBlocked,
  nameFriend,
  requestFriend,
  unblockPerson,
} from './people.ts'
export { searchMessages } from './search.ts'
