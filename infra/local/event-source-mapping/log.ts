/** The mappings' log, for the person who runs them. */
export type Log = { info(line: string): void; warn(line: string): void }
