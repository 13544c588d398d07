/** Machines that have arrived, folded, the newest first. */
import type { Onboarding, OnboardingList } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { onboardingOrder, onboardingTimeText } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useNowMs } from "../clock.ts";
import { useAsked } from "../cluster/use-asked.ts";
import { nodeLink } from "../route.ts";

const shownAtOnce = 100;

/** The list. While it is folded nobody is asked for it: there may be thousands. */
export function ReadyList(): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const list = useAsked<OnboardingList>(isOpen ? "api/v1/onboarding?state=ready" : undefined);
  const machines = useMemo(() => onboardingOrder(list.body?.machines ?? []), [list.body]);
  return (
    <details class="items folded" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        <h2>Machines that are ready</h2>
      </summary>
      {list.trouble !== "" && <p class="bad">{list.trouble}</p>}
      {list.body === undefined && list.trouble === "" && <p class="quiet">Waiting for the collector …</p>}
      {list.body !== undefined && machines.length === 0 && <p class="quiet">None is yet.</p>}
      {machines.length > 0 && <Rows machines={machines} />}
    </details>
  );
}

function Rows(props: { readonly machines: readonly Onboarding[] }): JSX.Element {
  const { machines } = props;
  const now = useNowMs();
  const [limit, setLimit] = useState(shownAtOnce);
  return (
    <>
      <ul class="ready">
        {machines.slice(0, limit).map((machine) => (
          <li key={machine.node}>
            <a href={nodeLink(machine.node)}>{machine.node}</a>
            <span class="quiet">
              {onboardingTimeText(machine)}
              {machine.readyAt !== undefined && `, ${formatAgo(machine.readyAt, now)}`}
            </span>
          </li>
        ))}
      </ul>
      {machines.length > limit && (
        <button type="button" class="more" onClick={() => setLimit(limit + shownAtOnce)}>
          Show more of {machines.length.toLocaleString("en")}
        </button>
      )}
    </>
  );
}
