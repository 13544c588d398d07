/** An answer of the host that is not in the form that we know. */
import { AppError } from "@nodekeeper/shared";

/** Names the file and what is wrong in it; `found` is shown quoted and cut. */
export function malformed(path: string, why: string, found?: string): AppError {
  const shown = found === undefined ? "" : `: ${JSON.stringify(found.length > 80 ? `${found.slice(0, 80)}…` : found)}`;
  return new AppError("HOST_ANSWER_MALFORMED", `${path}: ${why}${shown}`);
}

/** What a number may be, both bounds included. */
export interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
}

/** Counts and sizes: no counter of the kernel holds more. */
export const quantity: Bounds = { minimum: 0, maximum: 2 ** 64 };

/** A number as the kernel prints it; `what` names the field in the message. */
export function numberIn(path: string, what: string, text: string | undefined, { minimum, maximum }: Bounds = quantity): number {
  const value = text !== undefined && /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw malformed(path, `${what} is not a number`, text ?? "");
  if (value < minimum || value > maximum) throw malformed(path, `${what} is not within ${minimum} and ${maximum}`, text ?? "");
  return value;
}

/** The same for whole numbers. */
export function integerIn(path: string, what: string, text: string | undefined, bounds?: Bounds): number {
  const value = numberIn(path, what, text, bounds);
  if (!Number.isInteger(value)) throw malformed(path, `${what} is not a whole number`, text ?? "");
  return value;
}
