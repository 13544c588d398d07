/** What would break: the gravest first, what could not be looked at, and what makes it harmless. */
import type { Blast, BlastItem } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useNowMs } from "../clock.ts";
import { Command } from "../command.tsx";
import { type FactRow, Facts } from "../facts.tsx";
import { Prose } from "../prose.tsx";
import { useOnce } from "./use-once.ts";

const shownAtOnce = 40;
const tones: Readonly<Record<BlastItem["severity"], string>> = { lost: "high", outage: "high", degraded: "medium", moves: "" };
const words: Readonly<Record<BlastItem["severity"], string>> = {
  lost: "lost for good",
  outage: "stands still",
  degraded: "goes on with less",
  moves: "comes back elsewhere",
};
const severities: readonly BlastItem["severity"][] = ["lost", "outage", "degraded", "moves"];

/** Asks, and shows what came. */
export function BlastAnswer(props: { readonly path: string }): JSX.Element {
  const asked = useOnce<Blast>(props.path);
  if (asked.kind === "waiting") return <p class="quiet aside answer">Looking at volumes, claims, pods and routes …</p>;
  if (asked.kind === "failed") return <p class="bad aside answer">{asked.text}</p>;
  return <Answer blast={asked.body} onAgain={asked.again} />;
}

function Answer(props: { readonly blast: Blast; readonly onAgain: () => void }): JSX.Element {
  const { target, at, items, counts, unknown, next } = props.blast;
  const now = useNowMs();
  const [limit, setLimit] = useState(shownAtOnce);
  const kinds = severities.filter((severity) => counts[severity] > 0);
  return (
    <article class="answer" aria-label={`If ${target.shown} died`}>
      <p>
        <strong>If {target.shown} died now: </strong>
        {kinds.length === 0
          ? "nothing would break."
          : kinds.map((severity) => `${counts[severity]} ${words[severity]}`).join(", ")}{" "}
        <span class="quiet">
          as of {formatAgo(at, now)} ·{" "}
          <button type="button" class="inline" onClick={props.onAgain}>
            Ask again
          </button>
        </span>
      </p>
      {items.length > 0 && (
        <ul class="findings">
          {items.slice(0, limit).map((item) => (
            <Item key={`${item.kind} ${item.name}`} item={item} />
          ))}
        </ul>
      )}
      {items.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + shownAtOnce)}>
          Show more of {items.length.toLocaleString("en")}
        </button>
      )}
      {unknown.length > 0 && (
        <>
          <h3>Could not be looked at</h3>
          <ul class="unknowns">
            {unknown.map((text) => (
              <li key={text}>
                <Prose text={text} />
              </li>
            ))}
          </ul>
        </>
      )}
      {next.length > 0 && (
        <>
          <h3>To make it harmless</h3>
          <ol class="next">
            {next.map(({ text, command, on }) => (
              <li key={`${text} ${command}`}>
                <Prose text={text} />
                <Command command={command} on={on} />
              </li>
            ))}
          </ol>
        </>
      )}
    </article>
  );
}

function Item(props: { readonly item: BlastItem }): JSX.Element {
  const { severity, name, text, detail } = props.item;
  return (
    <li class={`finding ${tones[severity]}`}>
      <div class="finding-text">
        {name} <span class="pill">{words[severity]}</span>
      </div>
      <Prose text={text} />
      {detail.length > 0 && (
        <details class="evidence">
          <summary>In detail</summary>
          <Facts rows={detail.map(({ name: title, value }): FactRow => [title, value])} />
        </details>
      )}
    </li>
  );
}
