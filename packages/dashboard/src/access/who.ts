/** Who looks at the page, by the collector's word. */
import type { Problem, WhoAmI } from "@nodekeeper/shared/api";

/** Whether the page may look. */
export type Access =
  | { readonly kind: "known"; readonly who: WhoAmI }
  /** Nobody is logged in, or not any more. `detail` is the collector's sentence; empty where a proxy sent us away before it. */
  | { readonly kind: "login"; readonly detail: string }
  /** Somebody is, and may not read. */
  | { readonly kind: "forbidden"; readonly who: WhoAmI }
  /** It cannot be told: the collector does not answer. */
  | { readonly kind: "silent" };

/** Asks the collector. Never rejects. */
export async function askWho(): Promise<Access> {
  try {
    // A proxy whose login is over answers with the way to its own page, on another site.
    const response = await fetch(new URL("api/v1/whoami", document.baseURI), { redirect: "manual", cache: "no-store" });
    if (response.type === "opaqueredirect") return { kind: "login", detail: "" };
    if (response.status === 401 || response.status === 403) return { kind: "login", detail: await detailOf(response) };
    if (!response.ok) return { kind: "silent" };
    const who: WhoAmI = await response.json();
    return who.scopes.some((scope) => scope === "admin" || scope === "read")
      ? { kind: "known", who }
      : { kind: "forbidden", who };
  } catch {
    return { kind: "silent" }; // the connection's own mark says so
  }
}

/** Whether somebody may do everything. */
export function isAdmin(access: Access | undefined): boolean {
  return access?.kind === "known" && access.who.scopes.includes("admin");
}

async function detailOf(response: Response): Promise<string> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  return problem.detail ?? "";
}
