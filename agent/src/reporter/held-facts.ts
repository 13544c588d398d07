/** Which facts the collector holds: those need not be sent again, except all of them now and then, in case one of us is wrong. */
import { create } from "@bufbuild/protobuf";
import { type HeldFacts, type Observation, ObservationSchema, UnchangedSchema } from "@nodekeeper/proto";

/** What the collector holds of this node, as it said itself: in its HelloAck, and by acknowledging. */
export interface HeldByCollector {
  /** The observation as it is to be sent: Unchanged where the collector holds its facts. */
  shorten(observation: Observation, nowMs: number): Observation;
  /** The collector has taken these facts. */
  hold(probe: string, hash: Uint8Array): void;
  /** The collector does not hold these facts after all. */
  forget(probe: string, hash: Uint8Array): void;
}

/** Everything is sent whole again after this time. */
export const fullAgainMs: number = 6 * 3_600_000;

/** As many versions of one probe's facts as the collector keeps at hand. */
const heldPerProbe = 2;

/** Begins with what HelloAck named. */
export function createHeldByCollector(named: readonly HeldFacts[], nowMs: number): HeldByCollector {
  const held = new Map<string, readonly string[]>();
  let fullAtMs = nowMs + fullAgainMs;

  function without(probe: string, key: string): readonly string[] {
    return (held.get(probe) ?? []).filter((each) => each !== key);
  }

  function hold(probe: string, hash: Uint8Array): void {
    const key = keyOf(hash);
    held.set(probe, [...without(probe, key), key].slice(-heldPerProbe));
  }

  for (const { probe, factsHash } of named) hold(probe, factsHash);
  return {
    hold,
    shorten(observation, now) {
      if (now >= fullAtMs) {
        held.clear();
        fullAtMs = now + fullAgainMs;
      }
      const isHeld = held.get(observation.probe)?.includes(keyOf(observation.factsHash)) ?? false;
      if (observation.body.case !== "full" || !isHeld) return observation;
      return create(ObservationSchema, { ...observation, body: { case: "unchanged", value: create(UnchangedSchema) } });
    },
    forget: (probe, hash) => void held.set(probe, without(probe, keyOf(hash))),
  };
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("hex");
}
