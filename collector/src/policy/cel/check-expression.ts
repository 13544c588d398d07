/**
 * Looks through an expression before it is ever evaluated: names that no fact and no function has, and parts that do not go together. What it lets
 * pass may still make no sense for a node (the first GPU of a machine that has none): then it is undecided there.
 *
 * It also refuses what would take the unknown for a value: has() of a fact, and comparing facts as a whole.
 */
import type { Expr, ParsedExpr } from "@bufbuild/cel-spec/cel/expr/syntax_pb.js";
import { NodeFactsSchema } from "@nodekeeper/proto";
import { didYouMean } from "@nodekeeper/shared";
import { checkCall, oneOf } from "./check-call.ts";
import type { CheckContext } from "./check-context.ts";
import {
  bool,
  dyn,
  type FactType,
  holdsFacts,
  isScalar,
  nothing,
  type ScalarName,
  scalar,
  typeOfField,
  typeText,
} from "./fact-type.ts";

/** What is wrong, and where in the text of the expression. */
export interface ExpressionProblem {
  /** Characters before it. */
  readonly offset: number;
  readonly message: string;
}

/** What was found: the type of the result, where that can be told. */
export interface CheckedExpression {
  readonly type: FactType;
  readonly problems: readonly ExpressionProblem[];
}

/** Lists that may be gone over: within each other, and in all. A list has up to 512 things. */
const maximumDepth = 2;
const maximumLists = 8;

/** Checks it; `text` is what was parsed. Only who decides about one disk may read `disk`. */
export function checkExpression(
  { expr, sourceInfo }: ParsedExpr,
  { text, readsDisk }: { readonly text: string; readonly readsDisk: boolean },
): CheckedExpression {
  const problems: ExpressionProblem[] = [];
  let listCount = 0;

  function complain(expression: Expr, message: string, after = 0): void {
    const offset = (sourceInfo?.positions[String(expression.id)] ?? 0) + after;
    // An operator's place is that of the space before it.
    const spaces = /^\s*/.exec(text.slice(offset))?.[0].length ?? 0;
    problems.push({ offset: offset + spaces, message });
  }

  function infer(expression: Expr | undefined, context: CheckContext): FactType {
    const kind = expression?.exprKind;
    if (expression === undefined || kind === undefined) return dyn;
    switch (kind.case) {
      case "constExpr":
        return scalar(constantName(kind.value.constantKind.case));
      case "identExpr":
        return inferName(expression, kind.value.name, context);
      case "selectExpr":
        return inferField(expression, kind.value, context);
      case "callExpr":
        return checkCall(expression, kind.value, { ...context, infer: (inner, within = context) => infer(inner, within) });
      case "listExpr":
        return {
          kind: "list",
          element: oneOf(expression, [nothing, ...kind.value.elements.map((each) => infer(each, context))], complain),
        };
      case "structExpr":
        if (kind.value.messageName !== "") complain(expression, `"${kind.value.messageName}" cannot be made here`);
        for (const { value } of kind.value.entries) {
          if (holdsFacts(infer(value, context)))
            complain(expression, "a map cannot hold facts as a whole; take one of them, as in x.id");
        }
        return { kind: "map", value: dyn };
      case "comprehensionExpr":
        return inferList(expression, kind.value, context);
      case undefined:
        return dyn;
    }
  }

  function inferName(expression: Expr, name: string, { scope }: CheckContext): FactType {
    const variable = scope.get(name);
    if (variable !== undefined) return variable;
    const field = NodeFactsSchema.fields.find((each) => each.name === name);
    if (field !== undefined && (readsDisk || name !== oneDisk)) return typeOfField(field, name);
    if (field !== undefined) {
      complain(expression, `only storage.diskTags read "${name}", one disk; here go over all, as in disks.exists(d, d.is_fast)`);
      return typeOfField(field, name);
    }
    const names = [
      ...NodeFactsSchema.fields.map((each) => each.name).filter((each) => readsDisk || each !== oneDisk),
      ...[...scope.keys()].filter((key) => !key.startsWith("@")),
    ];
    complain(expression, `there is no fact "${name}"${didYouMean(name, names) || `; there are ${names.join(", ")}`}`);
    return dyn;
  }

  function inferField(
    expression: Expr,
    { operand, field, testOnly }: { readonly operand?: Expr | undefined; readonly field: string; readonly testOnly: boolean },
    context: CheckContext,
  ): FactType {
    const of = infer(operand, context);
    if (of.kind === "map") return testOnly ? bool : of.value;
    if (of.kind !== "message") {
      if (!isScalar(of, "dyn")) complain(expression, `${typeText(of)} has no "${field}"${indexHint(of)}`);
      return testOnly ? bool : dyn;
    }
    const found = of.message.fields.find((each) => each.name === field);
    if (found === undefined) {
      const names = of.message.fields.map((each) => each.name);
      complain(expression, `${of.path} has no "${field}"${didYouMean(field, names) || `; it has ${names.join(", ")}`}`, 1);
      return dyn;
    }
    if (!testOnly) return typeOfField(found, `${of.path}.${field}`);
    complain(
      expression,
      `has(${of.path}.${field}) would take what is not known for absent; leave it out: what is not known is held by itself`,
    );
    return bool;
  }

  /** A macro, as the parser writes it out. */
  function inferList(
    expression: Expr,
    { iterRange, iterVar, accuVar, accuInit, loopCondition, loopStep, result }: Comprehension,
    context: CheckContext,
  ): FactType {
    listCount += 1;
    if (listCount === maximumLists + 1) complain(expression, `it goes over more than ${maximumLists} lists`);
    if (context.depth === maximumDepth) complain(expression, `more than ${maximumDepth} lists are gone over within each other`);
    const range = infer(iterRange, context);
    const isRange = range.kind === "list" || range.kind === "map" || isScalar(range, "dyn");
    if (!isRange) complain(expression, `${typeText(range)} is no list that one could go over`);
    const element = range.kind === "list" ? range.element : range.kind === "map" ? scalar("string") : dyn;
    const within = (accumulated: FactType): CheckContext => ({
      ...context,
      depth: context.depth + 1,
      scope: new Map([...context.scope, [iterVar, element], [accuVar, accumulated]]),
    });
    const start = infer(accuInit, context);
    infer(loopCondition, within(start));
    const stepped = oneOf(expression, [start, infer(loopStep, within(start))], complain);
    return infer(result, within(stepped));
  }

  const type = infer(expr, { scope: new Map(), depth: 0, infer: () => dyn, complain });
  return { type, problems: distinct(problems) };
}

type Comprehension = Extract<Expr["exprKind"], { case: "comprehensionExpr" }>["value"];

/** The fact that is one of several things of the node. */
const oneDisk = "disk";

const constants: Readonly<Record<string, ScalarName>> = {
  stringValue: "string",
  int64Value: "int",
  uint64Value: "uint",
  doubleValue: "double",
  boolValue: "bool",
  bytesValue: "bytes",
  nullValue: "null_type",
};

function constantName(kind: string | undefined): ScalarName {
  return constants[kind ?? ""] ?? "dyn";
}

function indexHint(type: FactType): string {
  return type.kind === "list" && holdsFacts(type) ? "; go over it with exists(x, …), or take one of it with [0]" : "";
}

/** A macro is written out: what stands in it once may be looked at twice. */
function distinct(problems: readonly ExpressionProblem[]): readonly ExpressionProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.offset} ${problem.message}`, problem])).values()];
}
