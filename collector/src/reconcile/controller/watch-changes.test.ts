import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { noOnboardings } from "../../onboarding/test-support/no-onboardings.ts";
import { noRouting } from "../../routing/no-routing.ts";
import type { ClusterNode } from "../../state/cluster/cluster-node.ts";
import { createClusterHolder } from "../../state/cluster/create-cluster-holder.ts";
import { createStateHolder } from "../../state/holder.ts";
import { createLonghornHolder } from "../../state/longhorn/create-longhorn-holder.ts";
import { connectedNode, disconnected, hello, startMs } from "../../test-support/states.ts";
import { noServices } from "../endpoints/service-objects.ts";
import type { Change } from "../reconciler.ts";
import type { World } from "../world.ts";
import { watchChanges } from "./watch-changes.ts";

const secondMs = 1_000;
const never = { [Symbol.dispose]: () => undefined };
const nobody = { subscribe: () => never, onChanged: () => never, onMaintenance: () => never };

/** A watch that began at startMs, over a Node whose agent was heard of before. */
function watching() {
  const state = createStateHolder([disconnected(connectedNode(startMs - secondMs), startMs, undefined)]);
  const cluster = createClusterHolder();
  cluster.replaceAll([{ name: "neko", uid: "1", resourceVersion: "1" } as ClusterNode], startMs); // all that is looked at here
  const longhorn = createLonghornHolder();
  const changed: string[] = [];
  const now = { ms: startMs, isEvaluated: false, findings: [] as readonly Finding[] };
  const world = {
    ...{ startedAtMs: startMs, cluster, longhorn, routing: noRouting, services: noServices },
    get nowMs() {
      return now.ms;
    },
    node: (name: string) => state.node(name),
    findings: () => now.findings,
    isEvaluated: () => now.isEvaluated,
  } as unknown as World; // what else is in it is not asked for
  const told = (change: Change): void => void changed.push("name" in change ? `${change.kind} ${change.name}` : change.kind);
  const sources = { ...{ policy: nobody, decisions: nobody, attention: nobody, routing: nobody, services: nobody } };
  const watch = watchChanges(
    { ...sources, state, cluster, longhorn, onboardings: noOnboardings, findings: nobody },
    () => world,
    told,
  );
  return {
    ...{ state, longhorn, now },
    /** What a tick finds after so long. */
    tick(afterMs: number): readonly string[] {
      now.ms += afterMs;
      watch.tick();
      return changed.splice(0);
    },
    async turns(): Promise<void> {
      await new Promise((resolve) => setImmediate(resolve));
      changed.splice(0);
    },
  };
}

describe("what changes by time alone", () => {
  it("is once that nobody came back after the start, also of whom nothing was told since", () => {
    const { tick } = watching();
    tick(0);

    expect([tick(120 * secondMs), tick(1), tick(secondMs)]).toEqual([[], ["node neko"], []]);
  });

  it("is that the feed of Longhorn broke, and that it goes on as if nothing had been", async () => {
    const { longhorn, tick, turns } = watching();
    const known = (problem: string | undefined) => longhorn.setKnowledge({ kind: "known", heardAtMs: startMs, problem });
    known(undefined);
    await turns();
    tick(0);

    const steps = [undefined, "the API server does not answer", "it still does not", undefined].map((problem) => {
      known(problem);
      return tick(secondMs);
    });

    expect(steps).toEqual([[], ["longhorn"], [], ["longhorn"]]);
  });

  it("is that a node was looked at, though nothing was found that was not known before", async () => {
    const { state, now, tick, turns } = watching();
    now.findings = [{ id: "1", node: "neko", state: "firing", severity: "low", text: "", isHeld: false } as unknown as Finding];
    state.apply({ kind: "connected", node: "neko", hello: hello(), atMs: startMs });
    await turns();
    tick(0);
    now.isEvaluated = true;

    expect([tick(secondMs), tick(secondMs)]).toEqual([["findings"], []]);
  });
});
