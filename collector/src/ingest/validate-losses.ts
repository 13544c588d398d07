/** Checks what agents say that they lost. Pure. What makes no sense is left out: a loss is a word to a person, nothing follows from it. */
import type { Loss } from "@nodekeeper/proto";
import { isWallTime } from "./place.ts";

const maximumLosses = 64;
const reasonPattern = /^[a-z][a-z_]{0,31}$/;

/** The losses that can be understood. */
export function validateLosses(sent: readonly Loss[]): readonly Loss[] {
  return sent.slice(0, maximumLosses).filter(isValid);
}

function isValid(loss: Loss): boolean {
  return (
    reasonPattern.test(loss.reason) &&
    isWallTime(loss.fromUnixMs) &&
    isWallTime(loss.untilUnixMs) &&
    loss.fromUnixMs <= loss.untilUnixMs
  );
}
