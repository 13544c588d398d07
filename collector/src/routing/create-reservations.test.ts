import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { gpuReadings } from "../api/test-support/gpu-readings.ts";
import { Machine } from "../api/test-support/machine.ts";
import { itsState } from "../onboarding/test-support/a-machine.ts";
import { wellMachine } from "../onboarding/test-support/new-machine.ts";
import { createStateHolder } from "../state/holder.ts";
import { FakeStore } from "../test-support/fake-store.ts";
import { startMs } from "../test-support/states.ts";
import { createReservations } from "./create-reservations.ts";
import type { Reservations } from "./reservations.ts";

const hourMs = 3_600_000;

async function aScene(store = new FakeStore(), clock = new FakeClock(startMs)) {
  const node = itsState(wellMachine());
  const state = createStateHolder([node]);
  const logger = createLogger("test", "error");
  const reservations: Reservations = await createReservations({ state, store, clock, random: () => 0.5, logger });
  const told: string[] = [];
  reservations.onChanged((nodes) => told.push(...nodes));
  return { node: node.name, store, clock, told, reservations };
}

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fine",
    (thrown) => thrown.code,
  );

describe("reservations of GPUs", () => {
  it("hold until their time, also over a restart, and end by themselves", async () => {
    const before = await aScene();
    await before.reservations.reserve({ node: before.node, forSeconds: 3 * 3600, reason: "a game" }, "mika");
    await before.reservations[Symbol.asyncDispose]();

    await using reservations = (await aScene(before.store, before.clock)).reservations;
    expect(reservations.all()).toEqual([
      {
        ...{ node: before.node, kind: "person", by: "mika", reason: "a game" },
        ...{ at: new Date(startMs).toISOString(), until: new Date(startMs + 3 * hourMs).toISOString() },
      },
    ]);

    await before.clock.advance(3 * hourMs + 10_000);
    await settle();
    expect(reservations.of(before.node)).toBeUndefined();
    expect(await before.store.documents("reservation")).toEqual([]);
  });

  it("take the place of each other, and are released by people", async () => {
    const { node, reservations, told } = await aScene();
    await using _ = reservations;
    await reservations.reserve({ node, forSeconds: 60 }, "mika");
    await reservations.reserve({ node, forSeconds: 3600 }, "ada");

    expect(reservations.of(node)).toMatchObject({ by: "ada" });
    await reservations.release(node);
    expect(reservations.all()).toEqual([]);
    expect(told).toEqual([node, node, node]);
    expect(await code(reservations.release(node))).toBe("NOT_FOUND");
    expect(await code(reservations.reserve({ node: "nobody", forSeconds: 60 }, "mika"))).toBe("NOT_FOUND");
  });

  it("of a program are not released by people, and say so", async () => {
    const clock = new FakeClock(startMs);
    const state = createStateHolder([]);
    const common = { clock, random: () => 0.5, logger: createLogger("test", "error"), state, store: new FakeStore() };
    await using reservations = await createReservations(common);
    const agent = new Machine("neko", ["gpu"]);
    const game = { name: "game.exe", purpose: "game", pid: 2, gib: 9 } as const;
    state.apply(agent.connect(startMs));
    state.apply(agent.observe("gpu", gpuReadings({ processes: [game] }), startMs, [], ["gpu_process"]));
    await clock.advance(1_000);

    expect(reservations.of("neko")).toMatchObject({ kind: "program", by: "game.exe" });
    await expect(reservations.release("neko")).rejects.toThrow("no person keeps the GPU of neko: game.exe uses it");
  });

  it("of a program hold after a restart although its agent was not heard for a while, until it says that nobody is there", async () => {
    const clock = new FakeClock(startMs);
    const before = createStateHolder([]);
    const agent = new Machine("neko", ["gpu"]);
    const game = { name: "game.exe", purpose: "game", pid: 2, gib: 9 } as const;
    before.apply(agent.connect(startMs));
    before.apply(agent.observe("gpu", gpuReadings({ processes: [game] }), startMs, [], ["gpu_process"]));
    await clock.advance(10 * 60_000);
    const state = createStateHolder(before.nodes());
    const common = { clock, random: () => 0.5, logger: createLogger("test", "error"), state, store: new FakeStore() };
    await using reservations = await createReservations(common);
    const restored = reservations.all();
    await clock.advance(10_000);
    const silent = reservations.all();
    state.apply(agent.observe("gpu", gpuReadings({ processes: [] }), clock.wallMs(), [], ["gpu_process"]));
    await clock.advance(1_000);

    expect(restored).toMatchObject([{ node: "neko", kind: "program", by: "game.exe", at: new Date(startMs).toISOString() }]);
    expect(silent).toEqual(restored);
    expect(reservations.all()).toEqual([]);
  });

  it("are kept over a restart where one is made in the moment in which another ends", async () => {
    const { node, store, clock, reservations } = await aScene();
    await reservations.reserve({ node, forSeconds: 60 }, "mika");
    await clock.advance(59_000);
    const open = store.block();
    const reserving = reservations.reserve({ node, forSeconds: 3600 }, "ada");
    await clock.advance(12_000);
    await settle();
    open();
    await reserving;
    await settle();
    await reservations[Symbol.asyncDispose]();

    await using after = (await aScene(store, clock)).reservations;
    expect(after.of(node)).toMatchObject({ by: "ada" });
  });

  it("are left out where the store has one without a time", async () => {
    const { node, store, clock, reservations } = await aScene();
    await reservations[Symbol.asyncDispose]();
    const body = { node, kind: "person", by: "mika", reason: "", at: new Date(startMs).toISOString(), until: "some day" };
    await store.saveDocuments("reservation", [{ id: node, changedAtMs: startMs, body }], []);

    await using after = (await aScene(store, clock)).reservations;
    expect(after.all()).toEqual([]);
    await after.reserve({ node, forSeconds: 60 }, "ada");
    expect(after.of(node)).toMatchObject({ by: "ada" });
  });

  it("do not hold where the store did not take them", async () => {
    const { node, store, reservations } = await aScene();
    await using _ = reservations;
    store.fail(new AppError("STORE_FAILED", "no"));

    expect(await code(reservations.reserve({ node, forSeconds: 60 }, "mika"))).toBe("STORE_FAILED");
    expect(reservations.all()).toEqual([]);
  });
});
