/** Secrets Manager. Heavy: import it where it is needed, when it is needed. */
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

const timeoutMs = 1_500
const maxAgeSeconds = 300

const awsSdkV3Client = new SecretsManagerClient({
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: timeoutMs },
})
const provider = new SecretsProvider({ awsSdkV3Client })

/** The text of a secret: at most 3 s, and kept for five minutes. @throws Error when Secrets Manager does not answer. */
export async function readSecret(id: string): Promise<string> {
  return String(await provider.get(id, { maxAge: maxAgeSeconds }))
}
