import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { MayWrite } from "../may-write.ts";
import { withFreshDecisions } from "./with-fresh-decisions.ts";

const never = new AbortController().signal;

function aGuard() {
  const scene = { answer: yes(), refreshes: 0, failure: undefined as AppError | undefined, onRefresh: () => {} };
  const guard = withFreshDecisions(
    {
      ask: async () => scene.answer,
      get last() {
        return scene.answer;
      },
      onChanged: () => ({ [Symbol.dispose]: () => undefined }),
    },
    {
      async refresh() {
        scene.refreshes += 1;
        scene.onRefresh();
        if (scene.failure !== undefined) throw scene.failure;
      },
    },
  );
  return { scene, guard };
}

function yes(): MayWrite {
  return { kind: "yes", signal: new AbortController().signal };
}

describe("a leave to write", () => {
  it("begins with a reading of what was decided, and needs no other while it lasts", async () => {
    const { scene, guard } = aGuard();

    expect([await guard.ask(never), await guard.ask(never)]).toEqual([scene.answer, scene.answer]);
    expect(scene.refreshes).toBe(1);
    scene.answer = { kind: "no", because: "standby", text: "another one writes" };
    expect(await guard.ask(never)).toBe(scene.answer);
    scene.answer = yes();
    expect(await guard.ask(never)).toBe(scene.answer);
    expect(scene.refreshes).toBe(2);
  });

  it("is none while that cannot be read, and is asked for anew each time", async () => {
    const { scene, guard } = aGuard();
    scene.failure = new AppError("PEER_UNREACHABLE", "it is away");

    expect(await guard.ask(never)).toEqual({
      kind: "no",
      because: "unknown",
      text: "what was decided meanwhile is not known: it is away",
    });
    scene.failure = undefined;
    expect(await guard.ask(never)).toBe(scene.answer);
    expect(scene.refreshes).toBe(2);
  });

  it("that was another one's while it was read is read for again", async () => {
    const { scene, guard } = aGuard();
    const second = yes();
    scene.onRefresh = () => {
      scene.answer = second;
    };

    expect(await guard.ask(never)).toBe(second);
    expect(scene.refreshes).toBe(2);
  });
});
