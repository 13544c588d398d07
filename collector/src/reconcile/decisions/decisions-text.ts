/**
 * The document of what people decided: from text to decisions and back. People edit it by kubectl, so that times are written as they read them. It is
 * taken whole or not at all, and what is wrong with it is said all at once.
 */
import { AppError } from "@nodekeeper/shared";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { isoTime } from "../../state/iso-time.ts";
import type { Decisions } from "./decisions.ts";

/** More overrides are no exceptions any more: the policy says what is wanted. */
export const maximumOverrides = 1_000;

/** A ConfigMap holds 1 MiB at most; some of it is left to what else is in the object. */
export const maximumDecisionsBytes: number = 1_000_000;

const maximumProblems = 10;

const time = Type.String({ pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,16}Z$", description: "2026-11-23T08:40:00Z" });
const person = Type.String({ maxLength: 256 });
const isWhole = { additionalProperties: false };

const schema = Type.Object(
  {
    version: Type.Literal(1),
    approval: Type.Optional(Type.Object({ planHash: Type.String({ maxLength: 64 }), by: person, at: time }, isWhole)),
    overrides: Type.Array(
      Type.Object(
        {
          reconciler: Type.String({ pattern: "^[a-z0-9-]{1,63}$" }),
          node: Type.String({ minLength: 1, maxLength: 253 }),
          item: Type.String({ pattern: "^[a-z0-9.-]{1,253}/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$" }),
          value: Type.Optional(Type.String({ pattern: "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$" })),
          by: person,
          reason: Type.String({ maxLength: 256 }),
          at: time,
          until: time,
          isChange: Type.Optional(Type.Boolean()),
        },
        isWhole,
      ),
      { maxItems: maximumOverrides },
    ),
  },
  isWhole,
);

/** Reads a document. Throws CONFIG_INVALID with every problem; `place` names where it lies. */
export function parseDecisions(text: string, place: string): Decisions {
  const document = parseJson(text);
  if (document === undefined) throw malformed(place, ["it is no JSON"]);
  if (!Value.Check(schema, document)) {
    const errors = [...Value.Errors(schema, document)].filter(({ keyword }) => keyword !== "boolean");
    throw malformed(
      place,
      errors.map(({ instancePath, message }) => `${instancePath === "" ? "the document" : instancePath}: ${message}`),
    );
  }
  const problems: string[] = [];
  const msAt = (where: string, at: string): number => {
    const atMs = Date.parse(at);
    if (Number.isNaN(atMs)) problems.push(`${where}: "${at}" is no time`);
    return atMs;
  };
  const { approval, overrides } = document;
  const decisions: Decisions = {
    approval: approval && { planHash: approval.planHash, by: approval.by, atMs: msAt("/approval/at", approval.at) },
    overrides: overrides.map(({ node, value, at, until, ...rest }, index) => ({
      ...rest,
      ...{ key: node, value, atMs: msAt(`/overrides/${index}/at`, at), untilMs: msAt(`/overrides/${index}/until`, until) },
    })),
  };
  const seen = new Map<string, number>();
  for (const [index, { reconciler, key, item }] of decisions.overrides.entries()) {
    const first = seen.get(`${reconciler} ${key} ${item}`);
    if (first !== undefined) problems.push(`/overrides/${index}: is of the same item as /overrides/${first}`);
    seen.set(`${reconciler} ${key} ${item}`, index);
  }
  if (problems.length > 0) throw malformed(place, problems);
  return decisions;
}

/** The document, which ends with a newline. Throws CONFLICT where there would be more than are kept. */
export function renderDecisions({ approval, overrides }: Decisions): string {
  const document = {
    version: 1,
    approval: approval && { planHash: approval.planHash, by: approval.by, at: isoTime(approval.atMs) },
    overrides: overrides.map(({ reconciler, key, item, value, by, reason, atMs, untilMs, isChange }) => ({
      ...{ reconciler, node: key, item, value, by, reason, at: isoTime(atMs), until: isoTime(untilMs), isChange },
    })),
  };
  const text = `${JSON.stringify(document, undefined, 1)}\n`;
  if (overrides.length <= maximumOverrides && Buffer.byteLength(text) <= maximumDecisionsBytes) return text;
  throw new AppError(
    "CONFLICT",
    `there are as many overrides as are kept (${overrides.length - 1}): end some, or write what is wanted into the policy`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(place: string, problems: readonly string[]): AppError {
  const more = problems.length > maximumProblems ? [`and ${problems.length - maximumProblems} more`] : [];
  const all = [...problems.slice(0, maximumProblems), ...more].join("; ");
  return new AppError(
    "CONFIG_INVALID",
    `what people decided, in the ${place}, is not in a form that we know: ${all}. It is left as it is, and nothing is written to the cluster: ` +
      "mend it, or empty the object, after which a plan must be approved again",
  );
}
