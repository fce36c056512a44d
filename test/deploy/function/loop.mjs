/**
 * A runtime of a few lines, for machines that cannot build AWS's own client: asks Lambda's Runtime API for work, and has the
 * handler do it. Plain JavaScript, since Node would need longer to read types than most functions may need to start.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { request } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { AWS_LAMBDA_RUNTIME_API: host, LAMBDA_TASK_ROOT: folder = '', _HANDLER: name = '' } = process.env
const [file, exported] = [name.replace(/\.\w+$/, ''), name.split('.').at(-1)]

/** @type {(method: string, path: string, body?: unknown) => Promise<{ headers: import('node:http').IncomingHttpHeaders, text: string }>} */
function call(method, path, body) {
  return new Promise((done, fail) => {
    const sent = request(`http://${host}/2018-06-01/runtime/${path}`, { method }, async (response) => {
      const chunks = []
      for await (const chunk of response) chunks.push(chunk)
      done({ headers: response.headers, text: Buffer.concat(chunks).toString('utf8') })
    })
    sent.once('error', fail)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** @param {unknown} error */
function described(error) {
  const { name: errorType, message: errorMessage } = error instanceof Error ? error : new Error(String(error))
  return { errorType, errorMessage }
}

async function load() {
  try {
    const module = await import(pathToFileURL(join(folder, `${file}.mjs`)).href)
    if (typeof module[exported] !== 'function') throw new Error(`${file} exports no function ${exported}`)
    return module[exported]
  } catch (error) {
    await call('POST', 'init/error', described(error))
    process.exit(1)
  }
}

const handler = await load()
for (;;) {
  const { headers, text } = await call('GET', 'invocation/next')
  const id = String(headers['lambda-runtime-aws-request-id'])
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  const context = { awsRequestId: id, functionName: name, getRemainingTimeInMillis: () => deadline - Date.now() }
  try {
    await call('POST', `invocation/${id}/response`, (await handler(JSON.parse(text), context)) ?? null)
  } catch (error) {
    await call('POST', `invocation/${id}/error`, described(error))
  }
}
