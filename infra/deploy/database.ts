/** The database's users, made by the administrator over the Data API: no function ever is one. */
import { setTimeout as pause } from 'node:timers/promises'
import { databaseUsers } from '../grants/table.ts'
import { type Cloud, isRefusal } from './cloud.ts'
import { Refused, say } from './command.ts'

const data = 'select, insert, update, delete'

/** What each may do with the service's database. */
const rights = {
  [databaseUsers.functions]: data,
  [databaseUsers.migrations]: `${data}, create, alter, drop, index, references`,
}

/** The statements that make the users, who log in as `login` says. */
export const userStatements = (login: string): string[] =>
  Object.entries(rights).flatMap(([name, granted]) => [
    `create user if not exists '${name}'@'%' ${login}`,
    `grant ${granted} on gochat.* to '${name}'@'%'`,
  ])

const statements = userStatements("identified with AWSAuthenticationPlugin as 'RDS'")

/** A database that was paused takes up to half a minute to answer. */
export async function ensureDatabaseUsers(
  { rdsData }: Cloud,
  { DatabaseArn, DatabaseAdminSecret }: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  for (const sql of statements) {
    for (let attempt = 1; ; attempt++) {
      try {
        const call = { resourceArn: DatabaseArn, secretArn: DatabaseAdminSecret, sql }
        await rdsData.executeStatement(call, { abortSignal: signal })
        break
      } catch (error) {
        if (!isRefusal(error, 'DatabaseResumingException')) throw error
        if (attempt === 6) throw new Refused('The database was paused and did not come back within a minute.')
        if (attempt === 1) say('The database is waking up')
        await pause(10_000, undefined, { signal })
      }
    }
  }
}
