/** The two stacks of a stage. */
export const dataStackOf = (stage: string): string => `gochat-data-${stage}`
export const appStackOf = (stage: string): string => `gochat-${stage}`
