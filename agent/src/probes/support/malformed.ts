/** An answer of the host that is not in the form that we know. */
import { AppError } from "@nodekeeper/shared";

/** Names the file and what is wrong in it; `found` is shown quoted and cut. */
export function malformed(path: string, why: string, found?: string): AppError {
  const shown = found === undefined ? "" : `: ${JSON.stringify(found.length > 80 ? `${found.slice(0, 80)}…` : found)}`;
  return new AppError("HOST_ANSWER_MALFORMED", `${path}: ${why}${shown}`);
}

/** A number as the kernel prints it; `what` names the field in the message. */
export function numberIn(path: string, what: string, text: string | undefined): number {
  if (text !== undefined && /^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw malformed(path, `${what} is not a number`, text ?? "");
}
