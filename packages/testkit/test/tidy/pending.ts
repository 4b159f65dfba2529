/** `rule path` of findings that are known and about to be corrected. Empty is how it should be. */
export const PENDING: ReadonlySet<string> = new Set();
