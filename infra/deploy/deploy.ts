/**
 * Deploys a stage: the stores, the functions, the tables and the web content, then two people's messages to see that it works.
 *
 *     npm run deploy -- --stage dev
 *
 * Each step leaves alone what is already there, so the same command continues after a failure, and brings a change out.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda'
import { checkAccount, chooseZones } from './check.ts'
import { type Cloud, openCloud } from './cloud.ts'
import { type Options, Refused, root, runCommand, runTool, say } from './command.ts'
import { ensureDatabaseUsers } from './database.ts'
import { ensureOriginSecret, ensureTokenKeys } from './keys.ts'
import { appStackOf, dataStackOf } from './names.ts'
import { findStack, outputsOf, putStack, usableStack } from './stack.ts'
import { byName, forMinute, upload } from './web.ts'

const serverless = 'node_modules/serverless/bin/serverless.js'

await runCommand('A stack that AWS is making or changing is finished by CloudFormation.', deploy)

async function deploy(options: Options): Promise<void> {
  const { stage, region, signal } = options
  const cloud = openCloud(region)
  const data = await putData(cloud, options)
  await ensureTokenKeys({ cloud, stage, data, signal })
  await ensureOriginSecret({ cloud, stage, data, signal })
  await ensureDatabaseUsers(cloud, data, signal)
  if (await usableStack(cloud, appStackOf(stage), signal)) await migrateAhead(cloud, options)
  say('The functions')
  const args = [serverless, 'deploy', '--stage', stage, '--region', region]
  await runTool('Deploying the functions', args, { timeoutMs: 3_600_000 }, options)
  const app = outputsOf(await findStack(cloud, appStackOf(stage), signal))
  await migrate(cloud, stage, signal)
  await putWeb(cloud, options, app.WebBucket ?? '')
  await smoke(options, app.Url ?? '')
  say(`${stage} is up: ${app.Url}  (API page: ${app.Url}/swagger/index.html)`)
}

async function putData(cloud: Cloud, options: Options): Promise<Record<string, string>> {
  const { stage, size, nat, brokers, signal } = options
  const name = dataStackOf(stage)
  const isNew = (await usableStack(cloud, name, signal)) === undefined
  await checkAccount(cloud, options, isNew)
  say(isNew ? `The stores: ${name}. Kafka alone takes half an hour or more.` : `The stores: ${name}`)
  const template = await readFile(join(root, 'infra/data/template.yml'), 'utf8')
  const Zones = isNew ? (await chooseZones(cloud, options)).join() : undefined
  const parameters = { Stage: stage, Size: size, Zones, Nat: nat, BrokerKind: brokers, IsKept: 'true' }
  await putStack(cloud, { name, template, parameters, isProtected: size === 'prod' }, signal)
  return outputsOf(await findStack(cloud, name, signal))
}

/**
 * Brings the tables of a stage that runs to what the functions to come need, before those: its migrations are replaced and run.
 * Migrations only add, so the functions that still run go on.
 */
async function migrateAhead(cloud: Cloud, options: Options): Promise<void> {
  const { stage, region, signal } = options
  say('The migrations')
  const args = [serverless, 'package', '--stage', stage, '--region', region]
  await runTool('Packaging the functions', args, { timeoutMs: 600_000 }, options)
  const FunctionName = migrationsOf(stage)
  const ZipFile = await readFile(join(root, '.serverless/operationsMigrate.zip'))
  await cloud.lambda.updateFunctionCode({ FunctionName, ZipFile }, { abortSignal: signal })
  await waitUntilFunctionUpdatedV2({ client: cloud.lambda, maxWaitTime: 120, abortSignal: signal }, { FunctionName })
  await migrate(cloud, stage, signal)
}

// No constant, since the command begins above.
function migrationsOf(stage: string): string {
  return `gochat-${stage}-operationsMigrate`
}

/** Again after the functions, too: what those of before have written meanwhile is completed. */
async function migrate({ lambda }: Cloud, stage: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { FunctionError, Payload } = await lambda.invoke(
      { FunctionName: migrationsOf(stage), Payload: '{}' },
      { abortSignal: signal },
    )
    const answer = Payload ? Buffer.from(Payload).toString() : ''
    if (!FunctionError) return say(`The tables: ${answer === '[]' ? 'up to date' : answer}`)
    // A database that was paused may still be waking up.
    if (attempt === 3) throw new Refused(`The migration failed: ${answer}`)
    await pause(15_000, undefined, { signal })
  }
}

async function putWeb(cloud: Cloud, options: Options, bucket: string): Promise<void> {
  const { web, signal } = options
  await runTool('Making the API page', ['infra/build-api-page.ts'], { timeoutMs: 60_000 }, options)
  if (!web) await runTool('Building the page', ['web/app/build.ts'], { timeoutMs: 120_000 }, options)
  const apiPage = { folder: join(root, '.build/swagger'), prefix: 'swagger/', keeping: forMinute }
  const page = web
    ? { folder: web, prefix: '', keeping: forMinute }
    : { folder: join(root, '.build/app'), prefix: '', keeping: byName }
  const files = (await upload(cloud, bucket, apiPage, signal)) + (await upload(cloud, bucket, page, signal))
  say(`The web content: ${files} files`)
}

/**
 * Some tests of the black box, against the stage itself: that a message gets from one to another, and stays. They are few, since
 * the people that they register count against an address's day.
 */
async function smoke(options: Options, url: string): Promise<void> {
  say(`Messages through ${url}`)
  const tests = ['test/wire/socket-message.test.ts', 'test/wire/chat-history.test.ts']
  const titles =
    'reaches the other one|is answered only if|waits in the history|as it was acknowledged|shows a stranger nothing'
  const environment = { BASE_URL: url, PATIENCE_MS: '20000' }
  // Both files at once: they wait for the stage, hardly for this machine.
  const settings = ['--project', 'wire', '--maxWorkers', String(tests.length), '--testTimeout', '90000', '-t', titles]
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...settings, ...tests]
  await runTool('The stage is deployed, but a test of it', args, { timeoutMs: 600_000, environment }, options)
}
