import { db } from '../../lib/client/mysql.ts'
import { endpoint } from '../../lib/entry/http.ts'
import * as exported from '../../lib/service/personal-data/export.ts'
import { ExportQuery } from '../../lib/wire/export.ts'

/** GET /api/user/export: all that the service has of the caller, page by page. */
export const handler = endpoint(
  { query: ExportQuery, costOf: () => exported.pageCost, event: 'sensitive_read' },
  ({ caller, query }) => exported.page({ db }, caller.userId, query),
)
