/**
 * Asks an agent for what the collector should know and does not. After a lost database, or an old backup in its place, the last word of a probe
 * that runs once an hour was acknowledged and is gone: its agent does not hold it any more.
 */
import { create } from "@bufbuild/protobuf";
import { ProbeNowSchema } from "@nodekeeper/proto";
import type { Clock } from "@nodekeeper/shared";
import { freshnessOf } from "../state/freshness.ts";
import type { StateHolder } from "../state/holder.ts";
import type { ProbeState } from "../state/node-state.ts";
import type { Session } from "./sessions.ts";
import { response } from "./wire.ts";

/** What an agent has in its spool comes first, and a new agent has its probes under way. */
const patienceMs = 15_000;

/** Has an agent that just connected run those of its probes, once, that have not been heard of lately. Ends with the signal. */
export function askForMissing(
  { clock, state }: { readonly clock: Clock; readonly state: StateHolder },
  session: Pick<Session, "node" | "send">,
  signal: AbortSignal,
): void {
  clock.sleep(patienceMs, signal).then(
    () => {
      const node = state.node(session.node);
      const probes = node?.runningProbes?.filter((name) => isMissing(node.probes.get(name), clock.wallMs())) ?? [];
      if (probes.length > 0) session.send(response({ case: "probeNow", value: create(ProbeNowSchema, { probes: [...probes] }) }));
    },
    () => undefined, // the stream ended meanwhile
  );
}

function isMissing(probe: ProbeState | undefined, nowMs: number): boolean {
  return probe === undefined || freshnessOf(probe.observedAtMs, probe.intervalMs, nowMs) !== "fresh";
}
