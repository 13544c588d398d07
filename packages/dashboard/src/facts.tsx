/** Facts side by side, each under its title. */
import type { JSX } from "preact";
import { Prose } from "./prose.tsx";

/** A fact; with an empty text it is left out. `isAlarm` where it is bad now. */
export type FactRow = readonly [title: string, text: string, isAlarm?: boolean];

/** The list; nothing where nothing is known. */
export function Facts(props: { readonly rows: readonly FactRow[] }): JSX.Element | null {
  const known = props.rows.filter(([, text]) => text !== "");
  if (known.length === 0) return null;
  return (
    <dl class="facts">
      {known.map(([title, text, isAlarm = false]) => (
        <div key={title} class={isAlarm ? "alarm" : ""}>
          <dt>{title}</dt>
          <dd>
            <Prose text={text} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
