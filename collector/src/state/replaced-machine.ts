/** What is said of a machine that lost its name to another one. */

/** Why what was wrong with it is over. */
export function replacedBecause(before: string, by: string): string {
  return `the machine was replaced: it had machine-id ${before}, and ${by} bears its name now`;
}
