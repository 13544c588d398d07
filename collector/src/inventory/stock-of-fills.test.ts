import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { list } from "../test-support/observations.ts";
import { StockScene } from "./test-support/stock-scene.ts";

const day = 24 * 3_600;

function filesystem(used: number, size = 1_000, value: object = {}) {
  const subject = { kind: "filesystem", id: "/", outcome: Outcome.OK, value: { case: "filesystem", value } } as const;
  const sampleKeys = ["used_bytes", "available_bytes"].map((name) => ({ kind: "filesystem", id: "/", name }));
  const facts = { subjects: [subject], lists: [list("filesystem", true)], sampleKeys };
  const samples: { readonly sampleValues: number[] } = { sampleValues: [used, size - used] };
  return [facts, samples] as const;
}

const daysOf = (scene: StockScene) => scene.inventory()?.fills?.of["/"]?.days.map(([, used]) => used);

describe("feature 41: how filesystems fill, a number a day", () => {
  it("takes one number a day though nothing else changes, and keeps three weeks of them", () => {
    const scene = new StockScene();
    scene.connect();
    for (let hour = 0; hour <= 30 * 24; hour += 6) scene.observe(hour * 3_600, ...filesystem(hour));

    expect(daysOf(scene)).toEqual(Array.from({ length: 22 }, (_, index) => (index + 9) * 24));
  });

  it("begins anew where the filesystem was made larger, and forgets what cannot fill", () => {
    const scene = new StockScene();
    scene.connect();
    scene.observe(0, ...filesystem(100));
    scene.observe(day, ...filesystem(200, 1_005));
    const same = daysOf(scene);
    scene.observe(2 * day, ...filesystem(300, 2_000));
    const larger = daysOf(scene);
    scene.observe(3 * day, ...filesystem(300, 2_000, { isReadOnly: true }));

    expect([same, larger, daysOf(scene)]).toEqual([[100, 200], [300], undefined]);
  });

  it("survives a restart of the collector", async () => {
    const scene = new StockScene();
    scene.connect();
    scene.observe(0, ...filesystem(100));
    await scene.commit();
    await scene.crash();
    scene.connect();
    scene.observe(day, ...filesystem(200));

    expect(daysOf(scene)).toEqual([100, 200]);
  });
});
