import { settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { hello, startMs } from "../test-support/states.ts";
import { createStateHolder } from "./holder.ts";

function connect(node: string) {
  return { kind: "connected", node, hello: hello({ nodeName: node }), atMs: startMs } as const;
}

describe("the state holder", () => {
  it("tells listeners once per turn which nodes changed", async () => {
    const holder = createStateHolder([]);
    const heard: (readonly string[])[] = [];
    const subscription = holder.subscribe((names) => heard.push(names));

    holder.apply(connect("neko"));
    holder.apply(connect("bobcat"));
    holder.apply({ kind: "contact", node: "neko", clockSkewMs: 0, losses: [], atMs: startMs + 1 });
    const before = heard.length;
    await settle();
    holder.apply(connect("panther"));
    await settle();
    subscription[Symbol.dispose]();
    holder.apply(connect("siberian"));
    await settle();

    expect(before).toBe(0);
    expect(heard).toEqual([["neko", "bobcat"], ["panther"]]);
    expect(holder.version).toBe(5);
  });

  it("gives out pictures that stay as they are", () => {
    const holder = createStateHolder([]);
    holder.apply(connect("neko"));
    const all = holder.nodes();
    const neko = holder.node("neko");

    holder.apply({ kind: "disconnected", node: "neko", epoch: "epoch-1", goodbye: undefined, atMs: startMs + 1 });
    holder.apply(connect("bobcat"));

    expect(all).toEqual([neko]);
    expect(neko?.connection.kind).toBe("connected");
    expect(holder.nodes().map((node) => node.name)).toEqual(["neko", "bobcat"]);
  });

  it("forgets a node that is retired, and tells so; one that is connected stays", async () => {
    const holder = createStateHolder([]);
    holder.apply(connect("neko"));
    holder.apply(connect("bobcat"));
    await settle();
    const heard: (readonly string[])[] = [];
    holder.subscribe((names) => heard.push(names));

    holder.apply({ kind: "retired", node: "bobcat" });
    holder.apply({ kind: "retired", node: "nobody" });
    const early = holder.nodes().length;
    holder.apply({ kind: "disconnected", node: "bobcat", epoch: "epoch-1", goodbye: undefined, atMs: startMs + 1 });
    holder.apply({ kind: "retired", node: "bobcat" });
    await settle();

    expect(early).toBe(2);
    expect(holder.nodes().map((node) => node.name)).toEqual(["neko"]);
    expect(holder.node("bobcat")).toBeUndefined();
    expect(heard).toEqual([["bobcat"]]);
  });

  it("neither counts nor tells what changes nothing", async () => {
    const holder = createStateHolder([]);
    const heard: (readonly string[])[] = [];
    holder.subscribe((names) => heard.push(names));

    holder.apply({ kind: "disconnected", node: "nobody", epoch: "", goodbye: undefined, atMs: startMs });
    await settle();

    expect(holder.version).toBe(0);
    expect(heard).toEqual([]);
  });

  it("applies an event as fast among ten thousand nodes as among ten", () => {
    const timeOf = (count: number): number => {
      const holder = createStateHolder([]);
      for (let index = 0; index < count; index += 1) holder.apply(connect(`node-${index}`));
      const startedAt = performance.now();
      for (let round = 0; round < 20_000; round += 1) {
        const node = `node-${round % count}`;
        holder.apply({ kind: "contact", node, clockSkewMs: 0, losses: [], atMs: startMs + round });
      }
      return performance.now() - startedAt;
    };
    timeOf(10);

    // A cost that grows with the nodes would be a thousand times as high.
    expect(timeOf(10_000)).toBeLessThan(timeOf(10) * 20 + 50);
  });
});
