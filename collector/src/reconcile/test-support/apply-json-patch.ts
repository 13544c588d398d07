/** Applies a JSON Patch as the API server does: all of it or nothing, and a field that is not there is null to a test. */
import { AppError, type Fields, isFields } from "@nodekeeper/shared";
import type { JsonPatchOperation } from "../../clients/kubernetes/object-kind.ts";

/** The object after it. Throws CONFLICT where it does not fit. */
export function applyJsonPatch(object: Fields, operations: readonly JsonPatchOperation[]): Fields {
  const changed = structuredClone(object);
  for (const operation of operations) {
    const path = operation.path
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = path.pop() ?? "";
    const parent = path.reduce<unknown>((at, part) => (isFields(at) ? at[part] : undefined), changed);
    if (!isFields(parent)) throw misfit(operation);
    // A clone is nobody else's.
    const fields = parent as Record<string, unknown>;
    if (operation.op === "test") {
      if (JSON.stringify(fields[last] ?? null) !== JSON.stringify(operation.value)) throw misfit(operation);
    } else if (operation.op === "remove") {
      if (!Object.hasOwn(fields, last)) throw misfit(operation);
      delete fields[last];
    } else fields[last] = structuredClone(operation.value);
  }
  return changed;
}

function misfit({ op, path }: JsonPatchOperation): AppError {
  return new AppError("CONFLICT", `${op} ${path} does not fit`);
}
