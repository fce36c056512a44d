/** A function's variables, with this machine's servers in place of AWS's. */
import type { DeployedFunction } from '../stage.ts'
import type { Aws } from './aws.ts'
import { messageTopic } from './topic.ts'

/** What CloudFront shows to the functions. */
export const originSecret = 'shown-by-the-edge-only'

/** What tells a function of this machine's servers, which speak plainly, in place of AWS's. */
export function plainServers(): Record<string, string> {
  const { MYSQL_URL = '', REDIS_URL = '' } = process.env
  return {
    MYSQL_URL,
    REDIS_URL,
    KAFKA_AUTH: '',
    NODE_EXTRA_CA_CERTS: '',
    // The SDK takes no endpoint of one's own with it.
    AWS_USE_DUALSTACK_ENDPOINT: 'false',
  }
}

/**
 * The variables that the template gives to this function and no others: what it forgets is missing here, too.
 *
 * @throws Error naming a variable whose value only CloudFormation knows, and which has none for here.
 */
export function environmentOf({ name, variables }: DeployedFunction, aws: Aws): Record<string, string> {
  const here: Record<string, string | undefined> = {
    ...plainServers(),
    KAFKA_BROKERS: process.env.KAFKA_BROKERS,
    MESSAGE_TOPIC: messageTopic,
    JWT_SECRET: 'for-the-packaged-functions-on-this-machine',
    GATEWAY_ENDPOINT: aws.url,
    TOKEN_KEYS: aws.tokenKeys,
    TOKEN_SIGNING_SECRET: aws.tokenSigningSecret,
    ORIGIN_SECRET: originSecret,
    COOKIE_ORIGINS: 'https://chat.example',
    PUBLIC_ORIGIN: 'https://chat.example',
    STORAGE_BUCKET: 'files',
  }
  const own = Object.entries(variables).map(([variable, value]) => {
    const local = here[variable] ?? value
    if (typeof local !== 'string' || local.includes('{{resolve:'))
      throw new Error(
        `${name}: ${variable} has no value for this machine: name it in test/deploy/function/environment.ts`,
      )
    return [variable, local] as const
  })
  return { ...Object.fromEntries(own), AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url }
}
