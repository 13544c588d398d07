/** Between the look and the yes somebody may have been at it, and would lose what they did. */
import { isDeepStrictEqual } from "node:util";
import { AppError } from "@nodekeeper/shared";

/** Throws CONFLICT where what is there now is not what was planned with. */
export function requireUnchanged(planned: unknown, now: unknown): void {
  if (isDeepStrictEqual(planned, now)) return;
  throw new AppError("CONFLICT", "somebody changed the connections in Open WebUI meanwhile: look again, with the same command");
}
