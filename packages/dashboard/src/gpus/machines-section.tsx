/** The machines with GPUs: by how they stand and by words, some at a time. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { SearchBox, Segments } from "../choices.tsx";
import { countBy } from "../count-by.ts";
import { useChoices } from "../route.ts";
import { isMatch, type ShownMachine, standings, standingWords } from "./gpu-machines.ts";
import { MachineCard } from "./machine-card.tsx";
import { More } from "./more.tsx";

/** Nobody needs to choose among so few. */
const fewMachines = 4;
/** Four rows of a wide screen; what is below them is not lost. */
const shownAtOnce = 12;

/** Cards. */
export function MachinesSection(props: {
  readonly machines: readonly ShownMachine[];
  readonly nowMs: number;
  readonly isAdmin: boolean;
  readonly onKept: () => void;
}): JSX.Element {
  const { machines, nowMs, isAdmin, onKept } = props;
  const [choices, choose] = useChoices();
  const [limit, setLimit] = useState(shownAtOnce);
  const words = choices.get("q") ?? "";
  const is = standings.find((each) => each === choices.get("is"));
  const counts = useMemo(
    () =>
      countBy(
        machines.flatMap(({ gpus }) => gpus),
        ({ standing }) => standing,
      ),
    [machines],
  );
  const found = useMemo(
    () =>
      machines.filter(
        (machine) => (is === undefined || machine.gpus.some(({ standing }) => standing === is)) && isMatch(machine, words),
      ),
    [machines, is, words],
  );
  const options = standings
    .filter((each) => each === is || counts.has(each))
    .map((each) => ({ value: each, text: standingWords[each], count: counts.get(each) ?? 0 }));
  return (
    <section aria-label="Machines with GPUs">
      <h2 class="unseen">Machines</h2>
      {(machines.length > fewMachines || is !== undefined || words !== "") && (
        <div class="filters">
          <div class="filter-line">
            <Segments
              label="How GPUs stand"
              options={[{ value: "", text: "all", count: machines.flatMap(({ gpus }) => gpus).length }, ...options]}
              chosen={is ?? ""}
              onChoose={(chosen) => choose({ is: chosen })}
            />
            <SearchBox label="Search GPUs" words={words} onChange={(typed) => choose({ q: typed })} />
          </div>
        </div>
      )}
      {found.length === 0 && <p class="empty">No GPU matches.</p>}
      <div class="cards wide">
        {found.slice(0, limit).map((machine) => (
          <MachineCard key={machine.node} machine={machine} nowMs={nowMs} isAdmin={isAdmin} onKept={onKept} />
        ))}
      </div>
      <More count={found.length} limit={limit} what="machines" onMore={() => setLimit(limit + 4 * shownAtOnce)} />
    </section>
  );
}
