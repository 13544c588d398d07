/** Node's errors in the words of the Host port: the one place where an errno becomes a HOST_* code. */
import { getSystemErrorMap } from "node:util";
import { AppError, type ErrorCode, systemErrorCode } from "@nodekeeper/shared";

/** What was being done to a path, as it stands in the message. */
export type HostAction = "read" | "list" | "resolve" | "measure";

/**
 * A thrown error as an AppError that names action, path and reason. The errno stands in the context, since some answers that the kernel
 * gives as errors mean "does not apply" (EINVAL for the speed of an interface that is down).
 */
export function hostError(thrown: unknown, action: HostAction, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const errno = systemErrorCode(thrown);
  const code = codeByErrno.get(errno ?? "") ?? "HOST_READ_FAILED";
  return new AppError(code, `cannot ${action} ${path}: ${reasonOf(thrown, errno)}`, { cause: thrown, context: { path, errno } });
}

/** The errno of a failed host call, e.g. EINVAL; undefined where there was none. */
export function errnoOf(error: AppError): string | undefined {
  const errno = error.context["errno"];
  return typeof errno === "string" ? errno : undefined;
}

const codeByErrno: ReadonlyMap<string, ErrorCode> = new Map([
  ["ENOENT", "HOST_FILE_MISSING"],
  ["ENOTDIR", "HOST_FILE_MISSING"],
  ["ENODEV", "HOST_FILE_MISSING"],
  ["ESRCH", "HOST_FILE_MISSING"], // a process that ended between opening and reading its file
  ["EACCES", "HOST_PERMISSION_DENIED"],
  ["EPERM", "HOST_PERMISSION_DENIED"],
]);

function reasonOf(thrown: unknown, errno: string | undefined): string {
  if (errno === undefined) return thrown instanceof Error ? thrown.message : String(thrown);
  const number = thrown instanceof Error && "errno" in thrown && typeof thrown.errno === "number" ? thrown.errno : 0;
  const words = getSystemErrorMap().get(number)?.[1];
  return words === undefined ? errno : `${words} (${errno})`;
}
