/** A CloudFormation stack: made, changed or deleted, with what happens told while it does. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Parameter, Stack } from '@aws-sdk/client-cloudformation'
import { type Cloud, isRefusal } from './cloud.ts'
import { Refused, say } from './command.ts'

const pollMs = 5_000
/** Kafka takes up to an hour. */
const patienceMs = 100 * 60_000

/** Undefined when there is none. */
export async function findStack(
  { cloudFormation }: Cloud,
  name: string,
  signal: AbortSignal,
): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation.describeStacks({ StackName: name }, { abortSignal: signal })
    return Stacks?.[0]
  } catch (error) {
    if (isRefusal(error, 'ValidationError')) return undefined
    throw error
  }
}

/** The stack once nothing is under way in it. One that could never be made is cleared away, since it cannot be changed. */
export async function usableStack(cloud: Cloud, name: string, signal: AbortSignal): Promise<Stack | undefined> {
  const stack = await settled(cloud, name, signal)
  if (stack?.StackStatus !== 'ROLLBACK_COMPLETE') return stack
  say(`${name} could not be made the last time. What is left of it is deleted first.`)
  await deleteStack(cloud, name, signal)
  return undefined
}

export interface Change {
  name: string
  /** Undefined: the one that the stack has. */
  template: string | undefined
  /** A value that is undefined stays as it is, or is the template's default. */
  parameters: Readonly<Record<string, string | undefined>>
  isProtected: boolean
}

/** Makes or changes a stack and waits until that is done. @throws Refused - it failed; CloudFormation has put back what was. */
export async function putStack(cloud: Cloud, change: Change, signal: AbortSignal): Promise<void> {
  const { cloudFormation } = cloud
  const { name, template, parameters, isProtected } = change
  const stack = await usableStack(cloud, name, signal)
  const Parameters = Object.entries(parameters).flatMap(([ParameterKey, ParameterValue]): Parameter[] => {
    if (ParameterValue !== undefined) return [{ ParameterKey, ParameterValue }]
    const isKnown = stack?.Parameters?.some((known) => known.ParameterKey === ParameterKey)
    return isKnown ? [{ ParameterKey, UsePreviousValue: true }] : []
  })
  const common = {
    StackName: name,
    Parameters,
    Capabilities: ['CAPABILITY_IAM' as const, 'CAPABILITY_AUTO_EXPAND' as const],
    ...(template === undefined ? { UsePreviousTemplate: true } : { TemplateBody: template }),
  }
  const since = new Date()
  try {
    if (stack) await cloudFormation.updateStack(common, { abortSignal: signal })
    else
      await cloudFormation.createStack({ ...common, EnableTerminationProtection: isProtected }, { abortSignal: signal })
  } catch (error) {
    if (!(error instanceof Error && error.message.includes('No updates are to be performed'))) throw error
    say(`${name} is as it should be`)
    return
  }
  const { StackStatus: status = 'gone' } = (await settled(cloud, name, signal, since)) ?? {}
  if (!/^(CREATE|UPDATE)_COMPLETE$/.test(status))
    throw new Refused(`${name} ended as ${status}. The first failure above says why.`)
}

/** Lets CloudFormation read anew what a stack's parameters name. Template and parameters stay. @throws Refused - there is no such stack. */
export async function refreshStack(cloud: Cloud, name: string, signal: AbortSignal): Promise<void> {
  const stack = await usableStack(cloud, name, signal)
  if (!stack) throw new Refused(`There is no ${name}.`)
  const parameters = Object.fromEntries(
    (stack.Parameters ?? []).map(({ ParameterKey = '' }) => [ParameterKey, undefined]),
  )
  await putStack(cloud, { name, template: undefined, parameters, isProtected: false }, signal)
}

/** @throws Refused - something could not be deleted. */
export async function deleteStack(cloud: Cloud, name: string, signal: AbortSignal): Promise<void> {
  // Lambda gives network interfaces back up to 20 minutes after the functions, and what they are in cannot go before them.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const since = new Date()
    await cloud.cloudFormation.deleteStack({ StackName: name }, { abortSignal: signal })
    const stack = await settled(cloud, name, signal, since)
    if (!stack || stack.StackStatus === 'DELETE_COMPLETE') return
    say(`Not all of ${name} could be deleted (attempt ${attempt} of 3)`)
  }
  throw new Refused(`${name} is not deleted. The failures above say what is in the way.`)
}

/** The stack when nothing is under way in it any more. What happens meanwhile is told. */
async function settled(cloud: Cloud, name: string, signal: AbortSignal, since?: Date): Promise<Stack | undefined> {
  const told = new Set<string>()
  const deadline = Date.now() + patienceMs
  for (;;) {
    const stack = await findStack(cloud, name, signal)
    if (since && stack) await tellEvents(cloud, stack.StackId ?? name, since, told, signal)
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return stack
    if (Date.now() > deadline)
      throw new Refused(`${name} is still ${stack.StackStatus} after ${patienceMs / 60_000} minutes.`)
    await pause(pollMs, undefined, { signal })
  }
}

async function tellEvents(
  { cloudFormation }: Cloud,
  id: string,
  since: Date,
  told: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const { StackEvents = [] } = await cloudFormation.describeStackEvents({ StackName: id }, { abortSignal: signal })
  for (const {
    EventId = '',
    Timestamp,
    ResourceStatus,
    LogicalResourceId,
    ResourceStatusReason,
  } of StackEvents.reverse()) {
    if (told.has(EventId) || !Timestamp || Timestamp < since) continue
    told.add(EventId)
    const reason = ResourceStatus?.includes('FAILED') && ResourceStatusReason ? `: ${ResourceStatusReason}` : ''
    say(`  ${ResourceStatus} ${LogicalResourceId}${reason}`)
  }
}

/** A stack's outputs by their names. */
export const outputsOf = (stack: Stack | undefined): Record<string, string> =>
  Object.fromEntries((stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
