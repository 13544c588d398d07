/** What the parts of an expression may be: types of the facts, by their description on the wire, and of what is made of them. */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** A type. */
export type FactType =
  | { readonly kind: "scalar"; readonly name: ScalarName }
  | { readonly kind: "list"; readonly element: FactType }
  /** Keys are texts. */
  | { readonly kind: "map"; readonly value: FactType }
  /** A group of facts, or one of its things; `path` is how one gets there. */
  | { readonly kind: "message"; readonly message: DescMessage; readonly path: string };

/** Names of CEL, and two of ours: dyn may be anything, none is the element of a list that has none. */
export type ScalarName = "string" | "int" | "uint" | "double" | "bool" | "bytes" | "null_type" | "dyn" | "none";

/** The types that nothing more is to be said of. */
export const dyn: FactType = scalar("dyn");
export const bool: FactType = scalar("bool");
export const nothing: FactType = scalar("none");

/** A scalar type. */
export function scalar(name: ScalarName): FactType {
  return { kind: "scalar", name };
}

/** The type of a field of facts. */
export function typeOfField(field: DescField, path: string): FactType {
  switch (field.fieldKind) {
    case "scalar":
      return scalar(scalarName(field.scalar));
    case "message":
      return { kind: "message", message: field.message, path };
    case "list":
      if (field.listKind === "message") return { kind: "list", element: { kind: "message", message: field.message, path } };
      return { kind: "list", element: field.listKind === "scalar" ? scalar(scalarName(field.scalar)) : dyn };
    case "map":
      return { kind: "map", value: field.mapKind === "scalar" ? scalar(scalarName(field.scalar)) : dyn };
    case "enum":
      return scalar("int");
  }
}

/** One type for what may be either. */
export function eitherOf(a: FactType, b: FactType): FactType {
  if (isScalar(a, "none")) return b;
  if (isScalar(b, "none")) return a;
  if (a.kind === "list" && b.kind === "list") return { kind: "list", element: eitherOf(a.element, b.element) };
  if (a.kind === "message" && b.kind === "message" && a.message === b.message) return a;
  if (a.kind === "scalar" && b.kind === "scalar" && a.name === b.name) return a;
  return dyn;
}

/** Whether it is this scalar. */
export function isScalar(type: FactType, name: ScalarName): boolean {
  return type.kind === "scalar" && type.name === name;
}

/** Whether facts stand in it that may each be unknown: to compare them as a whole would take what is unknown for a value. */
export function holdsFacts(type: FactType): boolean {
  if (type.kind === "list") return holdsFacts(type.element);
  return type.kind === "map" ? holdsFacts(type.value) : type.kind === "message";
}

/** In words: "a text", "a list of facts". */
export function typeText(type: FactType): string {
  switch (type.kind) {
    case "message":
      return "a group of facts";
    case "map":
      return "a map";
    case "list":
      return type.element.kind === "message" ? "a list of facts" : "a list";
    case "scalar":
      return words[type.name];
  }
}

const words: Readonly<Record<ScalarName, string>> = {
  string: "a text",
  int: "a number",
  uint: "a number",
  double: "a number",
  bool: "true or false",
  bytes: "bytes",
  null_type: "null",
  dyn: "anything",
  none: "nothing",
};

/** All whole numbers are an int: policies compare them with 8, not with 8u. */
function scalarName(type: ScalarType): ScalarName {
  switch (type) {
    case ScalarType.STRING:
      return "string";
    case ScalarType.BOOL:
      return "bool";
    case ScalarType.BYTES:
      return "bytes";
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return "double";
    default:
      return "int";
  }
}
