/**
 * Takes a stage down: the functions, then, if you say so, the stores with all that is in them.
 *
 *     npm run teardown -- --stage dev
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { isRefusal, openCloud } from './cloud.ts'
import { type Options, runCommand, runTool, say } from './command.ts'
import { originVersionOf, tokenKeysOf } from './keys.ts'
import { appStackOf, dataStackOf } from './names.ts'
import { deleteStack, findStack, outputsOf, putStack } from './stack.ts'
import { empty } from './web.ts'

await runCommand('A stack that AWS is deleting is deleted to its end.', teardown)

async function teardown(options: Options): Promise<void> {
  const { stage, region, size, signal } = options
  const cloud = openCloud(region)
  const app = await findStack(cloud, appStackOf(stage), signal)
  if (app) {
    say('The functions. CloudFront and the network interfaces of functions take up to half an hour to go.')
    const { WebBucket } = outputsOf(app)
    if (WebBucket) await empty(cloud, WebBucket, signal)
    const args = ['node_modules/serverless/bin/serverless.js', 'remove', '--stage', stage, '--region', region]
    await runTool('Removing the functions', args, { timeoutMs: 5_400_000 }, options)
  } else say('There are no functions')

  const name = dataStackOf(stage)
  const data = await findStack(cloud, name, signal)
  if (!data) return say('There are no stores')
  if (!(await isMeant(options))) return say(`The stores stay: ${name}, and cost what they cost.`)
  if (size === 'prod') {
    const parameters = Object.fromEntries(
      (data.Parameters ?? []).map(({ ParameterKey = '' }) => [ParameterKey, undefined]),
    )
    await putStack(
      cloud,
      { name, template: undefined, parameters: { ...parameters, IsKept: 'false' }, isProtected: true },
      signal,
    )
    await cloud.cloudFormation.updateTerminationProtection(
      { StackName: name, EnableTerminationProtection: false },
      { abortSignal: signal },
    )
  }
  const { MediaBucket } = outputsOf(data)
  // In production the bucket outlives its stack.
  if (MediaBucket && size !== 'prod') await empty(cloud, MediaBucket, signal)
  await deleteStack(cloud, name, signal)
  for (const Name of [tokenKeysOf(stage), originVersionOf(stage)])
    await cloud.ssm.deleteParameter({ Name }, { abortSignal: signal }).catch((error: unknown) => {
      if (!isRefusal(error, 'ParameterNotFound')) throw error
    })
  say(
    size === 'prod'
      ? `All is gone. A snapshot of the database and the bucket ${MediaBucket} are kept, and cost their storage.`
      : 'All is gone.',
  )
  say('The role by which API Gateway writes logs stays: other stages may need it (docs/deploy.md).')
}

/** Typed, since it cannot be undone: the stage's name. */
async function isMeant({ stage, size, isSure, signal }: Options): Promise<boolean> {
  if (isSure) return true
  const what =
    size === 'prod'
      ? 'The database is kept as a snapshot, and the bucket of media as it is; the messages under way are not.'
      : 'Nothing is kept.'
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  // The terminal takes Ctrl-C for itself.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  // Where nobody is there to type, the input ends.
  const ended = once(terminal, 'close').then(() => '')
  try {
    const question = `Delete the stores of ${stage}? ${what} Type the stage's name: `
    return (await Promise.race([terminal.question(question, { signal }), ended])) === stage
  } finally {
    terminal.close()
  }
}
