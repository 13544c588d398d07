/** What became of a finding since its condition was seen first, as far as it is known. */
import type { FindingLife as Life } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { useOnce } from "../blast/use-once.ts";

/** One line a step, the oldest first; asked for when it is shown. */
export function FindingLife(props: { readonly id: string; readonly nowMs: number }): JSX.Element | null {
  const asked = useOnce<Life>(`api/v1/findings/${encodeURIComponent(props.id)}`);
  if (asked.kind === "waiting") return null;
  if (asked.kind === "failed") return <p class="doubt">{asked.text}</p>;
  return (
    <ol class="life" aria-label="Its life">
      {asked.body.events.map(({ at, kind, text, by }) => (
        <li key={`${at} ${kind}`}>
          <span class="quiet">{formatAgo(at, props.nowMs)}</span> {text}
          {by !== undefined && <span class="quiet"> by {by}</span>}
        </li>
      ))}
    </ol>
  );
}
