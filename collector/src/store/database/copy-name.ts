/** Where a database is kept as it was before it was migrated from a version. */
export function copyName(file: string, version: number): string {
  return `${file}.v${version}`;
}
