/** Asks the collector for what the live stream does not carry, and for changes. */
import type { Problem } from "@nodekeeper/shared/api";

/** What came of it. */
export type Answer<Body> =
  | { readonly kind: "ok"; readonly body: Body; readonly tag: string | undefined }
  /** It is what it was under the tag that is known here. */
  | { readonly kind: "same" }
  /** `detail` is the collector's sentence. */
  | { readonly kind: "refused"; readonly detail: string }
  /** It did not answer; the connection's own mark says so. */
  | { readonly kind: "silent" };

/** What came of a change, in a sentence. */
export interface Result {
  readonly text: string;
  readonly isBad: boolean;
}

/** GET; of what is known here under a tag nothing is sent again. Never rejects. */
export function ask<Body>(path: string, knownTag?: string): Promise<Answer<Body>> {
  return send(path, knownTag === undefined ? {} : { headers: { "if-none-match": knownTag } });
}

/** POST. Never rejects. */
export function change<Body>(path: string, body: object): Promise<Answer<Body>> {
  return send(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

/** DELETE. Never rejects. */
export function remove<Body>(path: string): Promise<Answer<Body>> {
  return send(path, { method: "DELETE" });
}

/** What to say of an answer to a change: `said` where it was done. */
export function resultOf(answer: Answer<unknown>, said: string): Result {
  if (answer.kind === "ok") return { text: said, isBad: false };
  const text = answer.kind === "refused" ? answer.detail : "The collector did not answer: it is not known whether it heard.";
  return { text, isBad: true };
}

async function send<Body>(path: string, request: RequestInit): Promise<Answer<Body>> {
  try {
    const response = await fetch(new URL(path, document.baseURI), { cache: "no-store", redirect: "manual", ...request });
    if (response.status === 304) return { kind: "same" };
    if (response.ok) {
      const body: Body = await response.json(); // our own collector's, which served this page
      return { kind: "ok", body, tag: response.headers.get("etag") ?? undefined };
    }
    if (response.type === "opaqueredirect") return { kind: "refused", detail: "the login is over: load the page again" };
    const problem: Partial<Problem> = await response.json().catch(() => ({}));
    return { kind: "refused", detail: problem.detail ?? `the collector answered ${response.status}` };
  } catch {
    return { kind: "silent" };
  }
}
