/** A check of what Longhorn needs: how it came out. The levels are longhornctl's (longhorn/cli, pkg/local/preflight/checker.go). */
import { LonghornCheckLevel } from "@nodekeeper/proto";

/** What a check came to; one that throws could not be made. */
export interface CheckResult {
  readonly level: LonghornCheckLevel;
  readonly message: string;
  /** Empty for info. */
  readonly remedy: string;
}

/** A check that has been read. */
export interface Check {
  /** e.g. "iscsid". */
  readonly id: string;
  readonly judge: () => CheckResult;
}

/** As it should be. */
export function fine(message: string): CheckResult {
  return { level: LonghornCheckLevel.INFO, message, remedy: "" };
}

/** It works, with trouble to come. */
export function troubling(message: string, remedy: string): CheckResult {
  return { level: LonghornCheckLevel.WARN, message, remedy };
}

/** Longhorn does not work. */
export function broken(message: string, remedy: string): CheckResult {
  return { level: LonghornCheckLevel.ERROR, message, remedy };
}
