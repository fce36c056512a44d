/** Secrets Manager. Its client is large: import this file where a secret is needed, when it is needed. */
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

const maxAgeSeconds = 300

const awsSdkV3Client = new SecretsManagerClient({
  maxAttempts: 2,
  // By default the client only warns when a response takes too long.
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_400, throwOnRequestTimeout: true },
})
const provider = new SecretsProvider({ awsSdkV3Client })

/** The text of a secret, kept for five minutes. @throws Error when Secrets Manager does not answer. */
export async function readSecret(id: string): Promise<string> {
  return String(await provider.get(id, { maxAge: maxAgeSeconds }))
}
