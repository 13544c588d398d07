/** What would be changed, for people: one line each, without secrets. */
import type { ToolServer } from "./bodies.ts";
import { hasSecret } from "./connections.ts";
import type { ConnectionStep } from "./plan-ollama.ts";
import { nothing, shownUrl } from "./shown-url.ts";

/** One line. */
export interface ChangeLine {
  readonly what: "Ollama" | "Ollama connection" | "embeddings" | "tool server" | "tool server's token";
  readonly before: string;
  readonly after: string;
}

/** Of a step. */
export function lineOfStep(step: ConnectionStep): ChangeLine {
  return {
    what: "Ollama connection",
    before: step.kind === "added" ? nothing : shownUrl(step.before.url),
    after: step.kind === "removed" ? nothing : shownUrl(step.after.url),
  };
}

/** A connection keeps its settings where its address becomes another: its secrets, if it has any, go to that. */
export function secretNoteOfStep(step: ConnectionStep): readonly string[] {
  if (step.kind !== "replaced" || !hasSecret(step.before)) return [];
  return [`the key or headers of ${shownUrl(step.before.url)} go to ${shownUrl(step.after.url)} from now on`];
}

/** The same backwards. */
export function turned({ what, before, after }: ChangeLine): ChangeLine {
  return { what, before: after, after: before };
}

/** Of a tool server: its address, who may use it, and whether it is on. */
export function shownToolServer(server: ToolServer | undefined): string {
  if (server === undefined) return nothing;
  const { enable, access_grants: grants } = (server["config"] ?? {}) as {
    readonly enable?: unknown;
    readonly access_grants?: unknown;
  }; // only looked at
  const who = Array.isArray(grants) && grants.length > 0 ? "" : " (admins only)";
  return `${shownUrl(server.url)}${who}${enable === true ? "" : " (switched off)"}`;
}
