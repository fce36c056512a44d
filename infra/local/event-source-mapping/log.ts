/** Where the mappings report what they do: one line each, for the person who runs them. */
export type Log = { info(line: string): void; warn(line: string): void }
