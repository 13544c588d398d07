/** A condition in one line, as plans and explanations show it: "False NvmeCriticalWarning: Samsung SSD 980 (/dev/nvme0): its spare …". */
import type { ConditionStatus, ReasonOfRule } from "../condition.ts";

/** What a condition says. */
export interface ConditionWords {
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

/** What is shown whole wherever Nodes are shown. */
const maximumMessageBytes = 1024;
const pattern = /^(True|False|Unknown) (\w+)(?:: (.*))?$/s;

/** Says it in one line. */
export function conditionText(words: { readonly status: string; readonly reason: string; readonly message: string }): string {
  return `${words.status} ${words.reason}${words.message === "" ? "" : `: ${words.message}`}`;
}

/** What such a line says; undefined where it is none. */
export function readConditionText(text: string): ConditionWords | undefined {
  const [, status, reason = "", message = ""] = pattern.exec(text) ?? [];
  return status === "True" || status === "False" || status === "Unknown" ? { status, reason, message } : undefined;
}

/** A message as it may stand on a Node and comes back from there: one line, of bounded length, without halves of characters. */
export function conditionMessage(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim();
  if (Buffer.byteLength(line) <= maximumMessageBytes) return line;
  const ellipsis = "…";
  const bytes = Buffer.from(line).subarray(0, maximumMessageBytes - Buffer.byteLength(ellipsis));
  return `${bytes.toString().replace(/\uFFFD+$/, "")}${ellipsis}`; // a character that was cut through is left out
}

/** CamelCase of a rule's code: NvmeCriticalWarning. */
export function reasonOfRule(code: string): ReasonOfRule {
  return code.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) as ReasonOfRule; // what makes it one
}
