import type { Blast, BlastItem, Decommission } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../../terminal.ts";
import { renderBlast } from "./blast.ts";
import { renderDecommission } from "./decommission.ts";

const terminal = createTerminal({ isTerminal: true, columns: 80, env: { NO_COLOR: "1" } });
const view = { isAll: false, nowMs: 0 };
const patch = `kubectl -n longhorn-system patch nodes.longhorn.io neko --type json -p '[{"op":"add","path":"/spec/allowScheduling","value":false}]'`;

function anItem(kind: BlastItem["kind"], severity: BlastItem["severity"], name: string): BlastItem {
  return { kind, severity, name, text: `what becomes of ${name} is told in a sentence`, detail: [] };
}

function aBlast(items: readonly BlastItem[], more: Partial<Blast> = {}): Blast {
  const count = (severity: string): number => items.filter((item) => item.severity === severity).length;
  return {
    target: { kind: "node", node: "neko", shown: "neko" },
    at: "2026-11-23T12:00:00.000Z",
    items: [...items],
    counts: { lost: count("lost"), outage: count("outage"), degraded: count("degraded"), moves: count("moves") },
    ...{ unknown: [], next: [] },
    ...more,
  };
}

describe("blast on a terminal", () => {
  it("counts first, tells what is grave in sentences and of the rest the names, and leaves commands whole", () => {
    const items = [
      anItem("volume-lost", "lost", "monitoring/loki"),
      anItem("workload-moves", "outage", "argocd/argocd-server"),
      anItem("volume-degraded", "degraded", "databases/postgres"),
      anItem("volume-degraded", "degraded", "vaultwarden/data"),
    ];
    const next = [
      { text: "let Longhorn place nothing there", command: patch, on: "a machine with kubectl" },
      { text: "take a snapshot", command: "sudo k3s etcd-snapshot save", on: "neko" },
    ];

    expect(renderBlast(terminal, aBlast(items, { next, unknown: ["pods on neko: forbidden"] }), view).split("\n")).toEqual([
      "if neko died now: 1 lost, 1 stands still, 2 go on with less",
      "",
      "would be lost (1)",
      "  monitoring/loki: what becomes of monitoring/loki is told in a sentence",
      "",
      "would stand still (1)",
      "  work: argocd/argocd-server",
      "",
      "would go on with less (2)",
      "  volumes with fewer replicas: databases/postgres, vaultwarden/data",
      "",
      "could not be looked at, and may be missing above",
      "  pods on neko: forbidden",
      "",
      "to make it harmless, in this order; the first is safe now",
      "1. let Longhorn place nothing there",
      `   ${patch}`,
      "2. take a snapshot (on neko)",
      "   sudo k3s etcd-snapshot save",
    ]);
  });

  it("stays on a screen however much breaks, and tells all of it where that is wanted", () => {
    const items = [
      ...Array.from({ length: 60 }, (_, index) => anItem("volume-lost", "lost", `lost/v${index}`)),
      ...Array.from({ length: 300 }, (_, index) => anItem("volume-degraded", "degraded", `thin/v${index}`)),
    ];
    const lines = renderBlast(terminal, aBlast(items), view).split("\n");

    expect(lines.length).toBeLessThan(24);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
    expect(lines.join(" ")).toMatch(/and 38 +more; +--all/);
    expect(renderBlast(terminal, aBlast(items), { ...view, isAll: true })).toContain("thin/v299: what becomes");
  });

  it("does not call harmless what it could not look at", () => {
    expect(renderBlast(terminal, aBlast([], { unknown: ["Longhorn's volumes: forbidden"] }), view)).toBe(
      "if neko died now: nothing that could be looked at would break\n\ncould not be looked at, and may be missing above\n  Longhorn's volumes: forbidden",
    );
  });
});

describe("decommission on a terminal", () => {
  it("shows the command of what is next only", () => {
    const kubectl = { on: "a machine with kubectl" };
    const answer: Decommission = {
      ...{ node: "neko", at: "2026-11-23T12:00:00.000Z", isSafe: false, unknown: [] },
      steps: [
        { name: "cordoned", state: "done", text: "no pod starts there", command: "kubectl cordon neko", ...kubectl },
        { name: "drained", state: "next", text: "move its work away", command: "kubectl drain neko", ...kubectl },
        { name: "node-deleted", state: "later", text: "delete the Node", command: "kubectl delete node neko", ...kubectl },
      ],
    };

    expect(renderDecommission(terminal, answer).split("\n")).toEqual([
      "before neko may be taken away",
      "✓ cordoned: no pod starts there",
      "▶ drained: move its work away",
      "   kubectl drain neko",
      "· node-deleted: delete the Node",
      "",
      "not yet: do what is next, and ask again; nothing is done by asking",
    ]);
  });
});
