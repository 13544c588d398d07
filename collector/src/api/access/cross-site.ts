/**
 * Against cross-site request forgery. A person's browser adds the login by itself, through the proxy's cookie, so a page of another site could
 * make it ask for a change. What tells the two apart is said by the browser and cannot be set by a page: Sec-Fetch-Site (every browser since
 * 2023), and Origin, which every browser sends with all methods but GET and HEAD (since 2020) and which guard-request.ts compares with our own.
 * A change that a person asks for must be said to come from our own pages by one of them; with neither it comes from no browser. Bodies are
 * application/json, which another site's page cannot send without asking first, and we never answer that question with yes. API tokens need none
 * of this: no browser adds them by itself.
 */
import type { IncomingHttpHeaders } from "node:http";
import { AppError } from "@nodekeeper/shared";
import type { Principal } from "./principal.ts";

/** What a request asks for, as far as it matters here. */
export interface AskedFor {
  readonly method: string;
  readonly isAudited: boolean;
}

/** Methods that change nothing. */
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * Throws ORIGIN_REFUSED for a change that the page of another site asks for, and for what costs so much that it is in the audit (a backup, by GET):
 * a picture or a link there could ask for it. What a person typed into the browser (`none`) is no page's, and changes nothing by GET. The Origin
 * was compared before.
 */
export function refuseCrossSite(principal: Principal, asked: AskedFor, headers: IncomingHttpHeaders): void {
  const isSafe = safeMethods.has(asked.method);
  if (!principal.isBrowserBorne || (isSafe && !asked.isAudited)) return;
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || (isSafe && site === "none")) return;
  throw new AppError(
    "ORIGIN_REFUSED",
    `only the collector's own pages may ask for changes, and the browser says that this is ${quote(site)}`,
  );
}

function quote(value: string | readonly string[]): string {
  return `"${String(value).slice(0, 32)}"`;
}
