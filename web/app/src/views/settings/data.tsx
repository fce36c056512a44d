import { DeleteAccount } from './delete-account.tsx'
import { ExportData } from './export-data.tsx'

export function DataPage() {
  return (
    <>
      <ExportData />
      <DeleteAccount />
    </>
  )
}
