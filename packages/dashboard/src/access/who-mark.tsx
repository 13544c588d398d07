/** Who looks, in the bar. */
import type { JSX } from "preact";
import { type Access, isAdmin } from "./who.ts";

/** A name; whoever is on the collector's own machine has none. */
export function WhoMark(props: { readonly access: Access | undefined }): JSX.Element | null {
  const { access } = props;
  if (access?.kind !== "known" || access.who.kind === "local") return null;
  const { who } = access;
  return (
    <span class="who ellipsis" title={`${who.kind} with ${who.scopes.join(", ")}`}>
      {who.name}
      {isAdmin(access) && <span class="quiet"> admin</span>}
    </span>
  );
}
