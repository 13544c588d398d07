/** Makes what a node says about a failure fit to be shown. */
import { create } from "@bufbuild/protobuf";
import { type Failure, FailureSchema } from "@nodekeeper/proto";
import type { ProblemCollector } from "./problem.ts";

const codePattern = /^[A-Z][A-Z0-9_]{0,63}$/;
const maximumMessageBytes = 1024;
/** As in check.ts, all of them; a message keeps its words and loses these. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** The failure with a proper code and a printable message that is not too long. A failure that gives no reason gets one that says so. */
export function checkFailure(failure: Failure | undefined, problems: ProblemCollector): Failure {
  if (failure === undefined) {
    problems.report("failure", "it says failed and does not say why");
    return create(FailureSchema, { code: "PROTOCOL_VIOLATION", message: "the agent did not say why" });
  }
  const isCodeValid = codePattern.test(failure.code);
  if (!isCodeValid) problems.report("failure", "the code of its failure is none");
  const message = shorten(failure.message.replace(unprintable, " "));
  if (isCodeValid && message === failure.message) return failure;
  return create(FailureSchema, { code: isCodeValid ? failure.code : "PROTOCOL_VIOLATION", message });
}

/** At most so many bytes, cut between characters. */
function shorten(text: string): string {
  if (Buffer.byteLength(text) <= maximumMessageBytes) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maximumMessageBytes - 3) break;
    end += character.length;
  }
  return `${text.slice(0, end)}…`;
}
