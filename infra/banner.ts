/** The text that `npm start` prints once everything runs: addresses, and commands to try them. */

const account = '{"username":"ada","password":"secret-1"}'

/**
 * @param port - of the backend on this machine.
 * @param mediaPort - a second one, for stored files; 0 for none.
 */
export function banner(port: number, mediaPort: number): string {
  const url = `http://localhost:${port}`
  const socket = `ws://localhost:${port}/api/ws`
  const curl = "curl -s --noproxy localhost -H 'content-type: application/json'"
  const post = `${curl} -d '${account}' ${url}/api/user`
  const token = `sed 's/.*"token":"\\([^"]*\\)".*/\\1/'`

  return `
GoChat is running.  GoChat 已启动。

  Chat / 聊天  ${url}/

  HTTP API     ${url}/api
  WebSocket    ${socket}?token=…
  API pages    ${url}/swagger/index.html  ${url}/swagger/ws.html${mediaPort === 0 ? '' : `\n  Files / 文件 http://localhost:${mediaPort}  (for GoChat’s second front end / 供第二版前端使用)`}

Register, log in and print the token / 注册、登录并打印令牌:

  ${post}/register; echo; TOKEN=$(${post}/login | ${token}); echo "$TOKEN"

Make a group, which others join by its code / 创建群聊，他人凭群号加入:

  ${curl} -H "authorization: Bearer $TOKEN" -d '{"name":"Tea at four"}' ${url}/api/group/create

Open a socket in the project's folder, then type frames; the first answer is a pong / 在项目目录中打开 WebSocket，之后可逐行输入帧，首个回应是 pong:

  node_modules/.bin/node infra/talk.ts ${url} "$TOKEN"

Ctrl-C stops everything.  按 Ctrl-C 停止全部服务。
`
}
