/** JSON with exact whole numbers. smartctl prints raw values and counters of up to 128 bits as plain numbers, which JSON.parse rounds. */
import { AppError } from "@nodekeeper/shared";

/**
 * A parsed document, in which whole numbers beyond 2^53 are bigint. The engine shows a reviver the source text of each number, so no parser of
 * our own or of others is needed. Throws HOST_ANSWER_MALFORMED, with `what` in the message.
 */
export function parseExactJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text, exactInteger);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AppError("HOST_ANSWER_MALFORMED", `${what} is not JSON: ${reason}`, { cause: thrown });
  }
}

function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isRounded = typeof value === "number" && !Number.isSafeInteger(value);
  return isRounded && /^-?\d{1,64}$/.test(context?.source ?? "") ? BigInt(context?.source ?? "") : value;
}
