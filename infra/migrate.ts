/** Applies the migrations to the database at MYSQL_URL, as the deployed `migrate` function does. */
import { handler } from '../functions/operations/migrate.ts'

const applied = await handler()
console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'the schema is up to date')
