import type { MeshEnd, MeshPath } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { cellKey, endText, matrixOf } from "./mesh-text.ts";

const nowMs = Date.parse("2026-03-01T12:00:00.000Z");

function anEnd(node: string, changes: Partial<MeshEnd> = {}): MeshEnd {
  return { node, way: "direct", ...changes };
}

describe("endText", () => {
  it.each<[Partial<MeshEnd>, string]>([
    [{ detail: "192.0.2.4:41641", latencySeconds: 0.0021 }, "direct by 192.0.2.4:41641, 2.1 ms"],
    [{ way: "relay", detail: "fra" }, "relayed over fra"],
    [{ way: "idle", lastWay: "direct", handshakeAgeSeconds: 7_200 }, "idle, last direct, last handshake 2 h ago"],
    [{ way: "unknown", reason: "siberian is silent" }, "unknown: siberian is silent"],
    [{ freshness: "stale", observedAt: "2026-03-01T11:00:00.000Z" }, "direct, stale, said 1 h ago"],
  ])("says %o in words", (changes, text) => {
    expect(endText(anEnd("neko", changes), nowMs)).toBe(text);
  });
});

describe("matrixOf", () => {
  it("has what each machine says of each other, and nothing of those of whom nobody says anything", () => {
    const paths: readonly MeshPath[] = [
      { from: anEnd("neko"), to: anEnd("bobcat", { way: "relay" }), agreement: "differ" },
      { from: anEnd("neko"), to: anEnd("lynx", { way: "unknown" }), agreement: "unknown" },
    ];

    const { names, ends } = matrixOf(paths);

    expect(names).toEqual(["bobcat", "lynx", "neko"]);
    expect(ends.get(cellKey("neko", "bobcat"))?.way).toBe("direct");
    expect(ends.get(cellKey("bobcat", "neko"))?.way).toBe("relay");
    expect(ends.get(cellKey("bobcat", "lynx"))).toBeUndefined();
  });
});
