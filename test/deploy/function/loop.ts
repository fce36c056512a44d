/**
 * A runtime of a few lines, for machines that cannot build AWS's own client: asks Lambda's Runtime API for work, and has the
 * handler do it. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { request } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { AWS_LAMBDA_RUNTIME_API: host, LAMBDA_TASK_ROOT: folder = '', _HANDLER: name = '' } = process.env
const [file = '', exported = ''] = [name.replace(/\.\w+$/, ''), name.split('.').at(-1)]

interface Answer {
  headers: NodeJS.Dict<string | string[]>
  text: string
}

function call(method: string, path: string, body?: unknown): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(`http://${host}/2018-06-01/runtime/${path}`, { method }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      done({ headers: response.headers, text: Buffer.concat(chunks).toString('utf8') })
    })
    sent.once('error', fail)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function described(error: unknown): { errorType: string; errorMessage: string } {
  const { name: errorType, message: errorMessage } = error instanceof Error ? error : new Error(String(error))
  return { errorType, errorMessage }
}

async function load(): Promise<(event: unknown, context: object) => Promise<unknown>> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(join(folder, `${file}.mjs`)).href)
    const found = module[exported]
    if (typeof found !== 'function') throw new Error(`${file} exports no function ${exported}`)
    return async (event, context) => found(event, context)
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
