/** Times in queries. Their form is right by the schema, but the day may not exist (30 February). */

/** What is wrong with them, by the names of their parameters; those that are not given are not. */
export function timeProblems(times: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(times)
    .filter(([, text]) => text !== undefined && Number.isNaN(Date.parse(text)))
    .map(([name, text]) => `query parameter "${name}": there is no such time as "${text}"`);
}
