/**
 * The CloudFront function that sees each request before its origin does. Runtime cloudfront-js-2.0: no imports.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */

/** @param {{ viewer: { ip: string }, request: { uri: string, headers: Record<string, { value: string }> } }} event */
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
  return request
}
