/** What the node's agent had to drop, in words. */
import type { NodeDetail } from "@nodekeeper/shared/api";
import type { JSX } from "preact";

/** The losses, newest first; nothing where nothing was lost. */
export function LossSection(props: { readonly detail: NodeDetail }): JSX.Element | null {
  const { losses } = props.detail;
  if (losses.length === 0) return null;
  return (
    <section>
      <h2>Lost data</h2>
      <ul class="unknowns">
        {losses.map((loss) => (
          <li key={loss.text}>{loss.text}</li>
        ))}
      </ul>
    </section>
  );
}
