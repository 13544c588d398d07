/** Machines on their way, with what stands in it; below them, folded, those that have arrived. */
import type { Onboarding, OnboardingList } from "@nodekeeper/shared/api";
import { onboardingOrder, onboardingTally } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useNowMs } from "../clock.ts";
import { useAsked } from "../cluster/use-asked.ts";
import type { LiveState } from "../live/connection.ts";
import { MachineCard } from "./machine-card.tsx";
import { ReadyList } from "./ready-list.tsx";

/** Those that have arrived may be thousands, and do not change. */
const path = "api/v1/onboarding?state=onboarding,blocked,planned";
const shownAtOnce = 50;

/** The page. What the live stream tells is newer than what was asked. */
export function OnboardingPage(props: { readonly live: LiveState; readonly isAdmin: boolean }): JSX.Element {
  const list = useAsked<OnboardingList>(path);
  const told = props.live.connection === "live" ? props.live.picture?.onboardings : undefined;
  const coming = useMemo(() => merged(list.body?.machines ?? [], told), [list.body, told]);
  const isKnown = list.body !== undefined;
  return (
    <>
      <section class="title">
        <a class="back" href="#/">
          ← all nodes
        </a>
        <h1>Onboarding</h1>
        <p class="quiet">{isKnown ? onboardingTally(coming) || "Nobody is on the way." : "Waiting for the collector …"}</p>
      </section>
      {list.trouble !== "" && <p class="bad">{list.trouble}</p>}
      {isKnown && coming.length === 0 && <p class="empty">A machine whose agent starts now appears here within seconds.</p>}
      {coming.length > 0 && <Coming machines={coming} isAdmin={props.isAdmin} onChanged={list.again} />}
      {isKnown && <ReadyList />}
    </>
  );
}

function Coming(props: {
  readonly machines: readonly Onboarding[];
  readonly isAdmin: boolean;
  readonly onChanged: () => void;
}): JSX.Element {
  const { machines, isAdmin, onChanged } = props;
  const now = useNowMs();
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(shownAtOnce);
  const found = machines.filter((machine) => matches(machine, query));
  return (
    <section>
      <div class="section-head">
        <h2>On their way</h2>
        {machines.length > 5 && (
          <input
            class="search"
            type="search"
            placeholder="Search"
            aria-label="Search machines by name or by what is in their way"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        )}
      </div>
      <div class="machines">
        {found.slice(0, limit).map((machine) => (
          <MachineCard key={machine.node} machine={machine} nowMs={now} isAdmin={isAdmin} onChanged={onChanged} />
        ))}
      </div>
      {found.length === 0 && <p class="empty">Nothing matches “{query}”.</p>}
      {found.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + shownAtOnce)}>
          Show more of {found.length.toLocaleString("en")}
        </button>
      )}
    </section>
  );
}

/** Who became ready just now stays where it was until the page is asked again: nothing jumps away from under the reader. */
function merged(
  asked: readonly Onboarding[],
  told: ReadonlyMap<string, Onboarding | undefined> | undefined,
): readonly Onboarding[] {
  const machines = new Map(asked.map((machine) => [machine.node, machine]));
  for (const [node, machine] of told ?? []) {
    if (machine === undefined) machines.delete(node);
    else if (machine.state !== "ready" || machines.has(node)) machines.set(node, machine);
  }
  return onboardingOrder([...machines.values()]);
}

function matches({ node, state, steps }: Onboarding, query: string): boolean {
  const blockers = steps.flatMap((step) => step.blockers.map(({ code, text }) => `${code} ${text}`));
  const text = [node, state, ...blockers].join(" ").toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
