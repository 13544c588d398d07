import { AppError, createListeners, createLogger } from "@nodekeeper/shared";
import type { GpuReservation } from "@nodekeeper/shared/api";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { aBackend } from "./test-support.ts";
import { unloadReserved } from "./unload-reserved.ts";

const loaded = ["granite4:3b", "qwen3:8b"].map((name) => ({ name, sizeGib: 2, vramGib: 2 }));
const kept: GpuReservation = { node: "siberian", kind: "person", by: "mika", reason: "", at: "2026-11-22T11:00:00.000Z" };

function aScene(first: Backend | undefined, before: readonly GpuReservation[] = []) {
  const clock = new FakeClock();
  const unloaded: string[] = [];
  const listeners = createListeners<readonly string[]>();
  let reservations = before;
  let backend = first;
  const unloading = unloadReserved({
    reservations: {
      all: () => reservations,
      of: (node) => reservations.find((each) => each.node === node),
      onChanged: (listener) => listeners.add(listener),
    },
    routing: { backends: () => (backend === undefined ? [] : [backend]) },
    client: {
      async unload(url, model) {
        unloaded.push(`${url} ${model}`);
        if (model === "granite4:3b") throw new AppError("PEER_UNREACHABLE", "no");
      },
    },
    clock,
    logger: createLogger("test", "error"),
  });
  const reserve = async (now: readonly GpuReservation[]): Promise<void> => {
    reservations = now;
    listeners.tell(["siberian"]);
    await settle();
  };
  const becomes = (now: Backend): void => {
    backend = now;
  };
  return { clock, unloaded, unloading, reserve, becomes };
}

const url = "http://siberian:11434";
const both = [`${url} granite4:3b`, `${url} qwen3:8b`];

describe("when somebody begins to keep a GPU", () => {
  it("its models are unloaded, each though another could not be, and once: a longer reservation is no new one", async () => {
    const { unloaded, unloading, reserve } = aScene(aBackend("siberian", { loaded }));
    await using _ = unloading;

    await reserve([kept]);
    await reserve([{ ...kept, by: "ada" }]);
    expect(unloaded).toEqual(both);

    await reserve([]);
    await reserve([kept]);
    expect(unloaded).toEqual([...both, ...both]);
  });

  it("one that could not be unloaded is tried again, four times in all, as long as the GPU is kept", async () => {
    const kind = aScene(aBackend("siberian", { loaded }));
    const brief = aScene(aBackend("siberian", { loaded }));
    await using _ = kind.unloading;
    await using __ = brief.unloading;
    await kind.reserve([kept]);
    await brief.reserve([kept]);
    await brief.reserve([]);

    for (const { clock } of [kind, brief]) for (const waitMs of [1_000, 5_000, 15_000, 60_000]) await clock.advance(waitMs);
    await settle();

    expect(kind.unloaded).toEqual([...both, both[0], both[0], both[0]]);
    expect(brief.unloaded).toEqual(both);
  });

  it("one that was not asked yet whether it answers, or is not known yet, is not forgotten", async () => {
    const unasked = aScene(aBackend("siberian", { loaded }, { reach: { kind: "unknown", problem: "it was not asked yet" } }));
    const unknown = aScene(undefined);
    for (const { unloading, reserve, becomes, clock, unloaded } of [unasked, unknown]) {
      await using _ = unloading;
      await reserve([kept]);
      expect(unloaded).toEqual([]);

      becomes(aBackend("siberian", { loaded }));
      await clock.advance(1_000);
      await settle();

      expect(unloaded).toEqual(both);
    }
  });

  it("nothing is unloaded of what was kept before a restart, nor on a server that does not answer", async () => {
    const restarted = aScene(aBackend("siberian", { loaded }), [kept]);
    const down = aScene(aBackend("siberian", { loaded }, { reach: { kind: "down", sinceMs: 0, problem: "refused" } }));
    await using _ = restarted.unloading;
    await using __ = down.unloading;

    await restarted.reserve([{ ...kept, by: "ada" }]);
    await down.reserve([kept]);
    for (const { clock } of [restarted, down]) for (const waitMs of [1_000, 5_000, 15_000, 60_000]) await clock.advance(waitMs);

    expect([restarted.unloaded, down.unloaded]).toEqual([[], []]);
  });
});
