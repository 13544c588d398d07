/** Makes a switch exhaustive: a case that was forgotten is a type error here, and a clear error if it happens all the same. */
export function assertNever(value: never, what: string): never {
  throw new Error(`unexpected ${what}: ${String(value)}`);
}
