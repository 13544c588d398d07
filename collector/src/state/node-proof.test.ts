import { describe, expect, it } from "vitest";
import { connectedNode, hello, startMs } from "../test-support/states.ts";
import { isProven, type NodeProof } from "./node-proof.ts";
import { reduce } from "./reduce.ts";
import { restoreNodes } from "./restore.ts";

describe("isProven", () => {
  it.each<{ name: string; proof: NodeProof; expected: boolean }>([
    { name: "that proved nothing", proof: { state: "unproven", by: "nothing" }, expected: false },
    { name: "whose token was not confirmed yet", proof: { state: "unreviewed", by: "cluster" }, expected: false },
    { name: "whose token was confirmed", proof: { state: "proven", by: "cluster" }, expected: true },
    { name: "with a credential", proof: { state: "proven", by: "credential" }, expected: true },
  ])("is $expected of a node $name, also while it is away and after a restart", ({ proof, expected }) => {
    const node = reduce(connectedNode(), { kind: "proven", node: "neko", proof });
    const away = reduce(node, { kind: "disconnected", node: "neko", epoch: "epoch-1", goodbye: undefined, atMs: startMs });
    const [restored] = node === undefined ? [] : restoreNodes([node], []);

    expect([node, away, restored].map(isProven)).toEqual([expected, expected, expected]);
  });

  it("is false of a node that nobody knows, and of one whose agent came anew without proof", () => {
    const proven = reduce(connectedNode(), { kind: "proven", node: "neko", proof: { state: "proven", by: "credential" } });
    const back = reduce(proven, { kind: "connected", node: "neko", hello: hello(), atMs: startMs });

    expect([undefined, back].map(isProven)).toEqual([false, false]);
  });
});
