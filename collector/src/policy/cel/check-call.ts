/** Calls within an expression, operators among them: whether there is such a function, and whether it goes with what it is given. */
import { type CelFunc, isCelError } from "@bufbuild/cel";
import type { Expr } from "@bufbuild/cel-spec/cel/expr/syntax_pb.js";
import { didYouMean } from "@nodekeeper/shared";
import type { CheckContext } from "./check-context.ts";
import { environment, functionNames, macroNames } from "./environment.ts";
import { bool, dyn, eitherOf, type FactType, holdsFacts, isScalar, scalar, typeText } from "./fact-type.ts";

type Call = Extract<Expr["exprKind"], { case: "callExpr" }>["value"];

/** The type of what the call gives. */
export function checkCall(expression: Expr, call: Call, context: CheckContext): FactType {
  const target = call.target === undefined ? undefined : context.infer(call.target, context);
  if (!isOperator(call) && !functionNames.includes(call.function)) {
    context.complain(expression, unknownFunction(call.function), dotOf(call));
    return dyn; // of a macro that is mistyped the names would be unknown too
  }
  const given = call.args.map((argument) => context.infer(argument, context));
  switch (call.function) {
    case "_?_:_":
      expectBool(call.args[0] ?? expression, given[0] ?? dyn, "before ? stands what is true or false", context);
      return oneOf(expression, given.slice(1), context.complain);
    case "_&&_":
    case "_||_":
    case "!_":
    case "@not_strictly_false":
      for (const [index, type] of given.entries()) {
        expectBool(call.args[index] ?? expression, type, `${operatorText(call.function)} goes with true and false`, context);
      }
      return bool;
    case "_==_":
    case "_!=_":
      checkEquality(expression, given, context);
      return bool;
    case "@in":
      checkMembership(expression, given, context);
      return bool;
    case "_[_]":
      return checkIndex(expression, given, context);
    default:
      return checkFunction(expression, call, { target, given }, context);
  }
}

function expectBool(expression: Expr, type: FactType, what: string, { complain }: CheckContext): void {
  if (!isScalar(type, "bool") && !isScalar(type, "dyn")) complain(expression, `${what}, not ${typeText(type)}`);
}

function checkEquality(expression: Expr, [a = dyn, b = dyn]: readonly FactType[], { complain }: CheckContext): void {
  const isOneNull = isScalar(a, "null_type") !== isScalar(b, "null_type");
  if (holdsFacts(a) || holdsFacts(b)) {
    const hint = [a, b].some((type) => type.kind === "list") ? "; to ask whether there is any, compare size() with 0" : "";
    complain(expression, `facts cannot be compared as a whole, since each of them may be unknown${hint}`);
  } else if (isOneNull && !isScalar(a, "dyn") && !isScalar(b, "dyn")) {
    complain(expression, "a fact is never null: what is not known is held by itself");
  } else if (!areComparable(a, b)) {
    complain(expression, `${typeText(a)} is never equal to ${typeText(b)}`);
  }
}

function checkMembership(
  expression: Expr,
  [value = dyn, container = dyn]: readonly FactType[],
  { complain }: CheckContext,
): void {
  if (isScalar(container, "dyn")) return;
  const element = container.kind === "list" ? container.element : scalar("string");
  if (container.kind !== "list" && container.kind !== "map") {
    complain(expression, `${typeText(container)} is no list to be in`);
  } else if (holdsFacts(value) || holdsFacts(container)) {
    complain(expression, "facts cannot be compared as a whole; go over the list with exists(x, …)");
  } else if (!areComparable(value, element)) {
    complain(expression, `${typeText(value)} is never in a list of which each is ${typeText(element)}`);
  }
}

function checkIndex(expression: Expr, [of = dyn, index = dyn]: readonly FactType[], { complain }: CheckContext): FactType {
  if (of.kind === "message") complain(expression, `a fact is read as ${of.path}.name, not with [ ]`);
  else if (of.kind === "scalar" && of.name !== "dyn") complain(expression, `${typeText(of)} is no list`);
  else if (of.kind === "list" && !areComparable(index, scalar("int")))
    complain(expression, "a place in a list is a number, from 0 on");
  else if (of.kind === "map" && !areComparable(index, scalar("string"))) complain(expression, "a key of a map is a text");
  return of.kind === "list" ? of.element : of.kind === "map" ? of.value : dyn;
}

function checkFunction(
  expression: Expr,
  call: Call,
  { target, given }: { readonly target: FactType | undefined; readonly given: readonly FactType[] },
  { complain }: CheckContext,
): FactType {
  const name = call.function;
  const functions = [...(environment.funcs.find(name) ?? [])];
  const fitting = functions.filter((each) => fits(each, target, given));
  if (fitting.length === 0) {
    const types = given.map(typeText).join(" and ");
    const what = target === undefined ? types || "nothing" : `${typeText(target)}${types === "" ? "" : ` and ${types}`}`;
    complain(expression, `${isOperator(call) ? operatorText(name) : `${name}()`} does not go with ${what}`, dotOf(call));
    return dyn;
  }
  checkPattern(expression, call, fitting, complain);
  if (fitting.some(({ result, name: of }) => result.kind === "list" && of === "_+_")) return oneOf(expression, given, complain);
  return fitting.map(resultOf).reduce(eitherOf);
}

/** The type of what may be any of these. Where facts would be hidden behind dyn, they could be compared as a whole. */
export function oneOf(expression: Expr, types: readonly FactType[], complain: CheckContext["complain"]): FactType {
  const type = types.reduce(eitherOf);
  if (types.some(holdsFacts) && !holdsFacts(type)) {
    complain(expression, "facts of different kinds cannot stand for each other; take one fact of each, as in x.id");
  }
  return type;
}

/** A pattern that is written out is tried once. */
function checkPattern(expression: Expr, call: Call, [first]: readonly CelFunc[], complain: CheckContext["complain"]): void {
  const constant = call.args[0]?.exprKind;
  if (call.function !== "matches" || constant?.case !== "constExpr") return;
  const { constantKind } = constant.value;
  if (constantKind.case !== "stringValue" || first === undefined) return;
  const tried = first.call(0, "", [constantKind.value]);
  if (isCelError(tried)) complain(expression, `its pattern is no regular expression of RE2: ${tried.message}`);
}

function unknownFunction(name: string): string {
  const known = [...functionNames, ...macroNames];
  if (macroNames.includes(name))
    return `${name}() goes over a list with a name for each of its things, as in gpus.${name}(g, g.memory_gib >= 8)`;
  return `there is no function "${name}"${didYouMean(name, known) || `; there are ${known.join(", ")}`}`;
}

function fits(each: CelFunc, target: FactType | undefined, given: readonly FactType[]): boolean {
  const types = each.target === undefined ? each.arguments : [each.target, ...each.arguments];
  const values = target === undefined ? given : [target, ...given];
  if ((each.target === undefined) !== (target === undefined) || types.length !== values.length) return false;
  return types.every(({ name }, index) => name === "dyn" || isNamed(values[index] ?? dyn, name));
}

function isNamed(type: FactType, name: string): boolean {
  return type.kind === "scalar" ? type.name === name || type.name === "dyn" : type.kind === name;
}

function resultOf({ result }: CelFunc): FactType {
  if (result.kind === "list") return { kind: "list", element: dyn };
  if (result.kind === "map") return { kind: "map", value: dyn };
  return result.kind === "scalar" && result.scalar !== "type" ? scalar(result.scalar) : dyn;
}

/** Numbers of all kinds compare. */
function areComparable(a: FactType, b: FactType): boolean {
  const names = [a, b].map((type) => (type.kind === "scalar" ? family(type.name) : type.kind));
  return names.includes("dyn") || names.includes("none") || names[0] === names[1];
}

function family(name: string): string {
  return ["int", "uint", "double"].includes(name) ? "number" : name;
}

/** A method's place is that of its dot, one before its name. */
function dotOf({ target }: Call): number {
  return target === undefined ? 0 : 1;
}

function isOperator({ function: name }: Call): boolean {
  return operatorText(name) !== name || name.startsWith("@");
}

/** An operator as it is written: "<" of "_<_". */
function operatorText(name: string): string {
  return name.startsWith("_") || name.endsWith("_") ? name.replaceAll("_", "") || name : name === "@in" ? "in" : name;
}
