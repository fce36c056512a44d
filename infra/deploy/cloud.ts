/** The services of AWS that are called from a machine. Every call ends by itself, and with the command's signal. */
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { EC2 } from '@aws-sdk/client-ec2'
import { Lambda } from '@aws-sdk/client-lambda'
import { RDSData } from '@aws-sdk/client-rds-data'
import { S3 } from '@aws-sdk/client-s3'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { STS } from '@aws-sdk/client-sts'

export interface Cloud {
  cloudFormation: CloudFormation
  ec2: EC2
  lambda: Lambda
  rdsData: RDSData
  s3: S3
  secrets: SecretsManager
  ssm: SSM
  sts: STS
}

export function openCloud(region: string): Cloud {
  const within = (requestTimeout: number) => ({
    region,
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5_000, requestTimeout },
  })
  const usual = within(30_000)
  return {
    cloudFormation: new CloudFormation(usual),
    ec2: new EC2(usual),
    // A migration takes up to five minutes, and must not be run twice at once.
    lambda: new Lambda({ ...within(310_000), maxAttempts: 1 }),
    rdsData: new RDSData({ ...usual, requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000 } }),
    s3: new S3(process.env.AWS_ENDPOINT_URL ? { ...usual, forcePathStyle: true } : usual),
    secrets: new SecretsManager(usual),
    ssm: new SSM(usual),
    sts: new STS(usual),
  }
}

/** Whether a service refused with this error. */
export const isRefusal = (error: unknown, name: string): error is Error => error instanceof Error && error.name === name
