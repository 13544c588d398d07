/** What came of one question to the host: the three outcomes as data, so that a probe's `read` can go on and its `parse` can judge. */
import { AppError } from "@nodekeeper/shared";
import type { Host, ReadOptions } from "./host.ts";

/** An answer, nothing there, or no way to tell. */
export type Reading<Value = string> =
  | { readonly outcome: "ok"; readonly path: string; readonly value: Value }
  | { readonly outcome: "absent"; readonly path: string }
  | { readonly outcome: "failed"; readonly path: string; readonly error: AppError };

/** A text file. */
export function readFile(host: Host, path: string, options?: ReadOptions): Promise<Reading> {
  return reading(path, host.readText(path, options));
}

/** Names in a directory. */
export function readNames(host: Host, path: string): Promise<Reading<readonly string[]>> {
  return reading(path, host.list(path));
}

/** Where a symbolic link leads. */
export function readLink(host: Host, path: string): Promise<Reading> {
  return reading(path, host.realPath(path));
}

/** The value of a reading; undefined where nothing is there. Throws the error of a failed one. */
export function optionalValue<Value>(reading: Reading<Value>): Value | undefined {
  if (reading.outcome === "failed") throw reading.error;
  return reading.outcome === "ok" ? reading.value : undefined;
}

/** The value of a reading that must be there: a missing one is thrown as HOST_FILE_MISSING. */
export function requiredValue<Value>(reading: Reading<Value>): Value {
  const value = optionalValue(reading);
  if (value === undefined) throw new AppError("HOST_FILE_MISSING", `${reading.path} is missing`);
  return value;
}

async function reading<Value>(path: string, answer: Promise<Value>): Promise<Reading<Value>> {
  try {
    return { outcome: "ok", path, value: await answer };
  } catch (thrown) {
    const error = AppError.from(thrown, "HOST_READ_FAILED");
    return error.code === "HOST_FILE_MISSING" ? { outcome: "absent", path } : { outcome: "failed", path, error };
  }
}
