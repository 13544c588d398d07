/** Which facts the collector holds: those need not be sent again, except all of them now and then, in case one of us is wrong. */
import { create } from "@bufbuild/protobuf";
import { type HeldFacts, type Observation, ObservationSchema, UnchangedSchema } from "@nodekeeper/proto";

/** What the collector holds of this node, as far as we know. */
export interface HeldByCollector {
  /** The observation as it is to be sent: Unchanged where the collector holds its facts. From now on it holds them. */
  shorten(observation: Observation, nowMs: number): Observation;
  /** The collector does not hold these facts after all. */
  forget(probe: string, hash: Uint8Array): void;
}

/** Everything is sent whole again after this time. */
const fullAgainMs = 6 * 3_600_000;
/** As many versions of one probe's facts as the collector keeps at hand. */
const heldPerProbe = 2;

/** Begins with what HelloAck named. */
export function createHeldByCollector(named: readonly HeldFacts[], nowMs: number): HeldByCollector {
  const held = new Map<string, string[]>();
  let fullAtMs = nowMs + fullAgainMs;
  for (const { probe, factsHash } of named) hold(probe, keyOf(factsHash));

  function hold(probe: string, hash: string): void {
    const others = (held.get(probe) ?? []).filter((each) => each !== hash);
    held.set(probe, [...others, hash].slice(-heldPerProbe));
  }

  return {
    shorten(observation, now) {
      if (now >= fullAtMs) {
        held.clear();
        fullAtMs = now + fullAgainMs;
      }
      if (observation.body.case !== "full") return observation;
      const hash = keyOf(observation.factsHash);
      const isHeld = held.get(observation.probe)?.includes(hash) ?? false;
      hold(observation.probe, hash);
      if (!isHeld) return observation;
      return create(ObservationSchema, { ...observation, body: { case: "unchanged", value: create(UnchangedSchema) } });
    },
    forget(probe, hash) {
      const key = keyOf(hash);
      held.set(
        probe,
        (held.get(probe) ?? []).filter((each) => each !== key),
      );
    },
  };
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("hex");
}
