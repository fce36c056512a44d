/** What can be known to fail, before an hour is spent on it. */
import type { Cloud } from './cloud.ts'
import { type Options, Refused, say } from './command.ts'

/** AWS' own limits, unless somebody has had them raised. */
const usualVpcs = 5
const usualAddresses = 5
/** What new accounts start with; a burst of messages needs more. */
const newConcurrency = 10
const wantedConcurrency = 100
/** What production reserves (serverless.yml), and the 100 that AWS keeps for functions that reserve none. */
export const productionConcurrency = 800

/** Where RDS Proxy is not to be had, of zones that look like any other. */
const withoutProxy = ['use1-az3']

/** @throws Refused - no credentials, another region than one of this account's, or a limit that will be met. */
export async function checkAccount(
  cloud: Cloud,
  { region, size, nat, signal }: Options,
  isNew: boolean,
): Promise<void> {
  const { Account, Arn } = await cloud.sts.getCallerIdentity({}, { abortSignal: signal })
  say(`Account ${Account} as ${Arn}, region ${region}`)
  const { AccountLimit } = await cloud.lambda.getAccountSettings({}, { abortSignal: signal })
  const concurrency = AccountLimit?.ConcurrentExecutions ?? 0
  if (concurrency <= newConcurrency)
    throw new Refused(
      `Lambda runs at most ${concurrency} functions at once in this account and region, which is what new accounts have: ` +
        `two people would meet that limit. Ask for ${wantedConcurrency} or more under Service Quotas, Lambda, Concurrent executions.`,
    )
  if (size === 'prod' && concurrency < productionConcurrency)
    throw new Refused(
      `Lambda runs at most ${concurrency} functions at once in this account and region, and production reserves more. ` +
        `Ask for ${productionConcurrency} or more under Service Quotas, Lambda, Concurrent executions.`,
    )
  if (concurrency < wantedConcurrency)
    say(`Lambda runs at most ${concurrency} functions at once here: enough to try it.`)
  if (!isNew) return
  const { Vpcs = [] } = await cloud.ec2.describeVpcs({}, { abortSignal: signal })
  if (Vpcs.length >= usualVpcs)
    say(`There are ${Vpcs.length} networks (VPCs) here. If the limit is still ${usualVpcs}, AWS will refuse one more.`)
  if (nat !== 'true') return
  const { Addresses = [] } = await cloud.ec2.describeAddresses({}, { abortSignal: signal })
  if (Addresses.length >= usualAddresses)
    say(
      `There are ${Addresses.length} elastic addresses here. If the limit is still ${usualAddresses}, the NAT gets none.`,
    )
}

/** Three availability zones that have all that is needed. */
export async function chooseZones({ ec2 }: Cloud, { region, signal }: Options): Promise<string[]> {
  const { AvailabilityZones = [] } = await ec2.describeAvailabilityZones(
    { Filters: [{ Name: 'opt-in-status', Values: ['opt-in-not-required'] }] },
    { abortSignal: signal },
  )
  const zones = AvailabilityZones.filter(({ ZoneId = '' }) => !withoutProxy.includes(ZoneId))
    .flatMap(({ ZoneName }) => ZoneName ?? [])
    .sort()
    .slice(0, 3)
  if (zones.length < 3)
    throw new Refused(`${region} has fewer than three availability zones, which Kafka's brokers need.`)
  return zones
}
