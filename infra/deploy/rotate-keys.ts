/**
 * Replaces keys of a stage while it runs.
 *
 *     npm run rotate-keys -- --stage dev             the key that signs tokens; again after three days, to remove the old one
 *     npm run rotate-keys -- --stage dev --leaked    the same at once: everybody has to log in again
 *     npm run rotate-keys -- --stage dev --origin    the secret that CloudFront shows to the functions
 *
 * Neither code nor template change: CloudFormation reads what is written down here, and tells it to functions and edge.
 */
import { readConfig } from '../../lib/core/config.ts'
import { type Cloud, openCloud } from './cloud.ts'
import { type Options, Refused, runCommand } from './command.ts'
import { appStackOf, dataStackOf } from './names.ts'
import { type Rotation, replaceTokenKeys, rotateOriginSecret, rotateTokenKeys } from './rotation.ts'
import { findStack, outputsOf, refreshStack } from './stack.ts'

await runCommand('A stack that AWS is changing is finished by CloudFormation.', rotate)

async function rotate({ stage, region, isOrigin, isLeaked, signal }: Options): Promise<void> {
  if (isOrigin && isLeaked) throw new Refused('--origin replaces its secret at once in any case: leave out --leaked.')
  const cloud = openCloud(region)
  const rotation: Rotation = {
    cloud,
    stage,
    data: outputsOf(await findStack(cloud, dataStackOf(stage), signal)),
    signal,
    update: () => refreshStack(cloud, appStackOf(stage), signal),
    tokenTtlSeconds: await tokenTtlOf(cloud, stage, signal),
    now: Date.now(),
  }
  if (isOrigin) await rotateOriginSecret(rotation)
  else if (isLeaked) await replaceTokenKeys(rotation)
  else await rotateTokenKeys(rotation)
}

/** As the function knows it that signs. */
async function tokenTtlOf({ lambda }: Cloud, stage: string, abortSignal: AbortSignal): Promise<number> {
  const name = { FunctionName: `gochat-${stage}-userLogin` }
  const { Environment } = await lambda.getFunctionConfiguration(name, { abortSignal })
  return readConfig({ ...Environment?.Variables }).tokenTtlSeconds
}
