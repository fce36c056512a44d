/** A stage in the emulator: deployed by the project's own commands, its mappings played, and its parts looked up by name. */
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { IAM } from '@aws-sdk/client-iam'
import { appStackOf } from '../../../infra/deploy/names.ts'
import type { Stage } from '../stage.ts'
import type { Emulator } from './emulator.ts'

export interface Deployed {
  /** The physical name of a resource of the functions' stack. */
  nameOf(logicalId: string): Promise<string>
  /** Takes an action away from a role. @returns what gives it back. */
  takeAway(role: string, action: string): Promise<() => Promise<void>>
  /** The keys of somebody who may do this and nothing else. */
  keysFor(action: string): Promise<{ accessKeyId: string; secretAccessKey: string }>
}

const policyName = 'own'

export function deployedIn({ url: endpoint }: Emulator, stage: Stage): Deployed {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const setting = { endpoint, region: 'us-east-1', credentials, requestHandler: { requestTimeout: 10_000 } }
  const [cloudFormation, iam] = [new CloudFormation(setting), new IAM(setting)]

  const nameOf = async (LogicalResourceId: string): Promise<string> => {
    const StackName = appStackOf(stage)
    const { StackResourceDetail } = await cloudFormation.describeStackResource({ StackName, LogicalResourceId })
    return StackResourceDetail?.PhysicalResourceId ?? ''
  }
  return {
    nameOf,
    async takeAway(role, action) {
      const named = { RoleName: await nameOf(role), PolicyName: policyName }
      const before = decodeURIComponent((await iam.getRolePolicy(named)).PolicyDocument ?? '')
      const { Statement, ...rest } = JSON.parse(before) as { Statement: { Action: string[] }[] }
      const left = Statement.filter(({ Action }) => ![Action].flat().includes(action))
      if (left.length === Statement.length) throw new Error(`${role} may not ${action} anyway`)
      const put = async (PolicyDocument: string) => void (await iam.putRolePolicy({ ...named, PolicyDocument }))
      await put(JSON.stringify({ ...rest, Statement: left }))
      return () => put(before)
    },
    async keysFor(action) {
      const UserName = `only-${action.replace(/\W/g, '-')}`
      const Statement = [{ Effect: 'Allow', Action: action, Resource: '*' }]
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
      await iam.createUser({ UserName })
      await iam.putUserPolicy({ UserName, PolicyName: policyName, PolicyDocument })
      const { AccessKey } = await iam.createAccessKey({ UserName })
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    },
  }
}
