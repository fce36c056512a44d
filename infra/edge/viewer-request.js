/**
 * The CloudFront function that sees each request before its origin does. Runtime cloudfront-js-2.0: no imports.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */

/** @param {{ viewer: { ip: string }, request: { method: string, uri: string, headers: Record<string, { value: string }> } }} event */
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by its name.
function handler(event) {
  const request = event.request
  // Takes the place of what a client may have sent: the functions count log-ins by it.
  request.headers['x-viewer-address'] = { value: event.viewer.ip }
  // Comes from the origin's settings alone, where it does not pass through here.
  delete request.headers['x-origin-secret']
  // The origin's path is the stage: the WebSocket API answers there, and to anything behind it with 403.
  if (request.uri === '/api/ws') request.uri = '/'
  if (request.uri === '/swagger' || request.uri === '/swagger/') request.uri = '/swagger/index.html'
  // The paths of the page's views, as in serverless.yml: all are the one page.
  if (/^\/(sign-in|sign-up|chat|group|people|settings)(\/|$)/.test(request.uri)) request.uri = '/index.html'
  // Uploads and stored files show who may have them by the address alone: S3 refuses two ways at once.
  if (/^\/(incoming|chat-files|temp-files|user-avatars)\//.test(request.uri)) delete request.headers.authorization
  if (request.uri.indexOf('/incoming/') === 0) {
    const length = request.headers['content-length']
    if (request.method !== 'PUT')
      return { statusCode: 405, statusDescription: 'Method Not Allowed', headers: { allow: { value: 'PUT' } } }
    if (!length) return { statusCode: 411, statusDescription: 'Length Required' }
    // maxUploadBytes of infra/local/edge/storage.ts
    if (Number(length.value) > 104857600) return { statusCode: 413, statusDescription: 'Content Too Large' }
  }
  return request
}
