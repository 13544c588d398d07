import { GpuPower } from "@nodekeeper/proto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { itsState } from "../onboarding/test-support/a-machine.ts";
import { wellMachine } from "../onboarding/test-support/new-machine.ts";
import { after, ok } from "../policy/test-support/told-node.ts";
import type { NodeState } from "../state/node-state.ts";
import { startMs } from "../test-support/states.ts";
import { createGpuAnswers } from "./gpu-answers.ts";
import type { JsonAnswer } from "./route.ts";

const id = "0000:01:00.0";
const aGpu = (productName: string) =>
  ({ case: "gpu", value: { vendor: "nvidia", productName, driver: "nvidia", power: GpuPower.AWAKE } }) as const;
const known = after(itsState(wellMachine()), "gpu", {
  subjects: [ok("gpu", id, aGpu("A GPU")), ok("gpu_status", id, { case: "gpuStatus", value: {} })],
});
const kept = { node: known.name, kind: "person", by: "mika", reason: "a game", at: "2026-11-22T12:00:00Z" } as const;

function aScene() {
  const clock = new FakeClock(startMs);
  let nodes: readonly NodeState[] = [known];
  let looks = 0;
  let version = 1;
  let isKept = false;
  let tell: (nodes: readonly string[]) => void = () => undefined;
  const answers = createGpuAnswers({
    state: {
      get version() {
        return version;
      },
      nodes() {
        looks += 1;
        return nodes;
      },
    },
    reservations: {
      of: () => (isKept ? kept : undefined),
      onChanged(listener) {
        tell = listener;
        return { [Symbol.dispose]: () => undefined };
      },
    },
    clock,
  });
  return {
    ...{ answers, clock, looks: () => looks },
    change(now: readonly NodeState[]) {
      nodes = now;
      version += 1;
    },
    keep() {
      isKept = true;
      tell([known.name]);
    },
  };
}

/** What is sent. */
const sent = async (answer: Promise<JsonAnswer>) => JSON.parse((await answer).render());

describe("answers about the GPUs of all nodes", () => {
  it("are made once for all who ask the same while nothing changes", async () => {
    const { answers, clock, looks } = aScene();
    const [first, second] = await Promise.all([
      answers.availability({ model: "granite4:3b" }, 50),
      answers.availability({ model: "granite4:3b" }, 50),
    ]);

    expect(second).toBe(first);
    expect(await answers.availability({ freeBytes: 1 }, 50)).not.toBe(first);
    expect(looks()).toBe(1);
    await clock.advance(1_000);
    expect(await answers.availability({ model: "granite4:3b" }, 50)).toBe(first);
    expect(looks()).toBe(2);
    await clock.advance(4_000);
    expect(await answers.availability({ model: "granite4:3b" }, 50)).not.toBe(first);
  });

  it("are made anew for the machines of which something was said about GPUs, and for no other", async () => {
    const { answers, change } = aScene();
    const other = { ...known, name: "other" };
    const judgedOf = async () => (await answers.judged({})).gpus;
    change([known, other]);
    const before = await judgedOf();

    change([after(known, "system", { subjects: [] }), other]);
    expect(await judgedOf()).toEqual(before);
    expect((await judgedOf()).every((gpu, index) => gpu === before[index])).toBe(true);

    change([after(known, "gpu", { subjects: [ok("gpu", id, aGpu("Another GPU"))] }), other]);
    const now = await judgedOf();
    expect(now.find(({ node }) => node === known.name)?.name).toBe("Another GPU");
    expect(now.find(({ node }) => node === other.name)).toBe(before.find(({ node }) => node === other.name));
  });

  it("tell at once what changed", async () => {
    const { answers, change } = aScene();
    expect(await sent(answers.list())).toMatchObject({ gpus: [{ node: known.name, freshness: "fresh" }] });

    change([]);

    expect(await sent(answers.list())).toMatchObject({ gpus: [] });
    expect(await sent(answers.availability({}, 50))).toMatchObject({ text: "no machine with a GPU is known" });
  });

  it("say that somebody keeps a GPU, from that moment on, also to who asks while they are made", async () => {
    const { answers, keep } = aScene();
    const under = answers.availability({}, 50);
    keep();

    expect((await sent(answers.availability({}, 50))).gpus).toMatchObject([
      { verdict: "reserved", text: "kept for mika (a game)" },
    ]);
    expect((await sent(answers.list())).gpus).toMatchObject([{ reservation: kept }]);
    await under;
    expect((await sent(answers.availability({}, 50))).gpus).toMatchObject([{ verdict: "reserved" }]);
  });
});
