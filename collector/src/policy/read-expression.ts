/** From the text of an expression to what it comes to over the facts of a node. */
import { type CelError, type CelValue, isCelError, isCelUint, parse, plan } from "@bufbuild/cel";
import type { FactRead } from "@nodekeeper/shared/api";
import { checkExpression, type ExpressionProblem } from "./cel/check-expression.ts";
import { environment } from "./cel/environment.ts";
import { createFactContext, type FactContext } from "./cel/fact-context.ts";
import { type FactType, isScalar, typeText } from "./cel/fact-type.ts";
import type { Decided, Expression } from "./expression.ts";
import type { KnownFacts } from "./known-facts.ts";
import { isLabelValue, labelText, maximumLabelLength } from "./label-text.ts";

/** What an expression is for. */
export interface ExpressionUse {
  /** label: a text, a number, true, false or null. condition: true or false. */
  readonly purpose: "label" | "condition";
  /** Where it stands. */
  readonly place: string;
  /** Ours: labels below it are not among the facts. */
  readonly domain: string;
  /** Whether it is about one disk, which is the fact `disk`. */
  readonly readsDisk?: boolean;
}

/** The expression, or all that is wrong with it. */
export type ReadExpression =
  | { readonly kind: "good"; readonly expression: Expression }
  | { readonly kind: "bad"; readonly problems: readonly ExpressionProblem[] };

/** A longer one is a program, which a policy should not have. */
const maximumLength = 2_048;

/** Reads it. */
export function readExpression(text: string, use: ExpressionUse): ReadExpression {
  if (text.length > maximumLength) return bad(0, `it is longer than ${maximumLength} characters`);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(text);
  } catch (thrown) {
    return syntaxProblem(thrown);
  }
  const { type, problems } = checkExpression(parsed, { text, readsDisk: use.readsDisk === true });
  const misuse = misuseOf(type, use);
  if (problems.length > 0 || misuse !== undefined) {
    return {
      kind: "bad",
      problems: [...problems, ...(misuse === undefined || problems.length > 0 ? [] : [{ offset: 0, message: misuse }])],
    };
  }
  const run = plan(environment, parsed);
  const evaluate = (facts: KnownFacts): Decided => {
    const context = contextOf(facts, use.domain);
    context.forget();
    const result = run(context.variables);
    const reads = [...context.read].map((group): FactRead => facts.groups[group].read);
    if (isCelError(result)) return { kind: "undecided", reason: reasonOf(result, context.unknown), reads };
    return decided(result, use.purpose, reads);
  };
  return { kind: "good", expression: { text, place: use.place, evaluate } };
}

/** All expressions of a policy are evaluated over the same facts, one after the other. */
const contexts = new WeakMap<KnownFacts, { readonly domain: string; readonly context: FactContext }>();

function contextOf(facts: KnownFacts, domain: string): FactContext {
  const last = contexts.get(facts);
  if (last?.domain === domain) return last.context;
  const context = createFactContext(facts, domain);
  contexts.set(facts, { domain, context });
  return context;
}

function decided(value: CelValue, purpose: ExpressionUse["purpose"], reads: readonly FactRead[]): Decided {
  const undecided = (reason: string): Decided => ({ kind: "undecided", reason, reads });
  if (purpose === "condition") {
    return typeof value === "boolean"
      ? { kind: "value", value, reads }
      : undecided("it came to something that is neither true nor false");
  }
  if (value === null || typeof value === "boolean") return { kind: "value", value, reads };
  const text = textOf(value);
  if (text === undefined)
    return undecided("it came to something that is no text, no number, neither true nor false, and not null");
  return isLabelValue(text) ? { kind: "value", value: text, reads } : undecided(unfit(text));
}

/** Undefined for what a label cannot be. */
function textOf(value: CelValue): string | undefined {
  if (isCelUint(value)) return String(value.value);
  return typeof value === "string" || typeof value === "bigint" || typeof value === "number" ? String(value) : undefined;
}

function unfit(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return (
    `"${shown}" cannot be a label's value, which has at most ${maximumLabelLength} letters, digits, "-", "_" and "."` +
    (labelText(text) === "" ? "" : `; label(…) makes "${labelText(text)}" of it`)
  );
}

/** Facts that are not known, and else a mistake of the expression, which is another thing to do something about. */
function reasonOf(error: CelError, unknown: ReadonlySet<string>): string {
  const reasons = [...new Set(messagesOf(error))];
  const facts = reasons.filter((message) => unknown.has(message));
  if (facts.length > 0) return facts.join("; ");
  const message = reasons[0] ?? "";
  if (/^index .* out of bounds/.test(message)) {
    return "the expression makes no sense for this node: it takes of a list what is not in it; ask first, as in size(gpus) > 0 ? gpus[0].product : null";
  }
  const key = /^field not found: (.*)$/s.exec(message)?.[1];
  if (key !== undefined) {
    return `the expression makes no sense for this node: there is no "${key}" in the map; ask first, as in "${key}" in cluster.labels`;
  }
  return `the expression makes no sense for this node: ${message}`;
}

/** Of an error, and of those that were merged into it. */
function messagesOf(error: unknown): readonly string[] {
  if (Array.isArray(error)) return error.flatMap(messagesOf);
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}

function misuseOf(type: FactType, { purpose }: ExpressionUse): string | undefined {
  if (isScalar(type, "dyn")) return undefined;
  const isValue = type.kind === "scalar" && type.name !== "bytes" && type.name !== "none";
  if (purpose === "label")
    return isValue
      ? undefined
      : `it gives ${typeText(type)}; a label is a text, a number, true, false, or null where it is not to be`;
  return isScalar(type, "bool") ? undefined : `it gives ${typeText(type)}; here stands what is true or false`;
}

function syntaxProblem(thrown: unknown): ReadExpression {
  // The parser's recursion ends where the stack does.
  if (thrown instanceof RangeError) return bad(0, "it is nested too deep");
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return bad(
    offsetOf(thrown),
    `it is no expression of CEL: ${message.replace(/^<input>:\d+:\d+: /, "").replace(/ but expecting .{120,}$/s, "")}`,
  );
}

/** ParseSyntaxError says where, in a form that its types do not export. */
function offsetOf(thrown: unknown): number {
  const location = typeof thrown === "object" && thrown !== null && "location" in thrown ? thrown.location : undefined;
  const start = typeof location === "object" && location !== null && "start" in location ? location.start : undefined;
  const offset = typeof start === "object" && start !== null && "offset" in start ? start.offset : undefined;
  return typeof offset === "number" ? offset : 0;
}

function bad(offset: number, message: string): ReadExpression {
  return { kind: "bad", problems: [{ offset, message }] };
}
