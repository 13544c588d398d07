/** Who may import whom: the floors of DESIGN and ARCHITECTURE. An arrow upwards, or a circle, fails here. */
import { describe, expect, it } from "vitest";
import { productSources, type SourceFile } from "./sources.ts";

/** A room: the files whose path begins with one of `paths`, and the rooms whose files they may use besides their own. */
interface Room {
  readonly name: string;
  readonly paths: readonly string[];
  readonly mayUse: readonly string[];
}

const rooms: readonly Room[] = [
  { name: "proto", paths: ["proto/src/"], mayUse: [] },
  { name: "shared", paths: ["packages/shared/src/"], mayUse: [] },

  { name: "agent/host", paths: ["agent/src/host/"], mayUse: ["shared"] },
  {
    name: "agent/contracts",
    paths: ["agent/src/probe.ts", "agent/src/watcher.ts", "agent/src/payload.ts"],
    mayUse: ["agent/host", "shared", "proto"],
  },
  {
    name: "agent/probes",
    paths: ["agent/src/probes/", "agent/src/watchers/"],
    mayUse: ["agent/contracts", "agent/host", "shared", "proto"],
  },
  // A program of its own, which shares only the form of what it prints.
  { name: "agent/nvml", paths: ["agent/src/nvml/"], mayUse: ["agent/probes"] },
  { name: "agent/pi-firmware", paths: ["agent/src/pi-firmware/"], mayUse: [] },
  { name: "agent/spool", paths: ["agent/src/spool/"], mayUse: ["shared", "proto"] },
  {
    name: "agent",
    paths: ["agent/src/"],
    mayUse: ["agent/host", "agent/contracts", "agent/probes", "agent/spool", "shared", "proto"],
  },

  { name: "collector/state", paths: ["collector/src/state/"], mayUse: ["shared", "proto"] },
  { name: "collector/inventory", paths: ["collector/src/inventory/"], mayUse: ["collector/state", "shared", "proto"] },
  { name: "collector/store", paths: ["collector/src/store/"], mayUse: ["collector/state", "shared", "proto"] },
  { name: "collector/metrics", paths: ["collector/src/metrics.ts"], mayUse: ["shared"] },
  { name: "collector/clients", paths: ["collector/src/clients/"], mayUse: ["shared"] },
  {
    name: "collector/identity",
    paths: ["collector/src/identity/"],
    mayUse: ["collector/clients", "collector/metrics", "shared"],
  },
  { name: "collector/tls", paths: ["collector/src/tls/"], mayUse: ["collector/clients", "collector/identity", "shared"] },
  {
    name: "collector/ingest",
    paths: ["collector/src/ingest/"],
    mayUse: [
      "collector/clients",
      "collector/identity",
      "collector/inventory",
      "collector/metrics",
      "collector/state",
      "collector/store",
      "collector/tls",
      "shared",
      "proto",
    ],
  },
  { name: "collector/policy", paths: ["collector/src/policy/"], mayUse: ["collector/state", "shared", "proto"] },
  {
    name: "collector/longhorn",
    paths: ["collector/src/longhorn/"],
    mayUse: ["collector/policy", "collector/state", "shared", "proto"],
  },
  {
    name: "collector/onboarding",
    paths: ["collector/src/onboarding/"],
    mayUse: [
      "collector/evaluate",
      "collector/longhorn",
      "collector/policy",
      "collector/state",
      "collector/store",
      "shared",
      "proto",
    ],
  },
  {
    name: "collector/attention",
    paths: ["collector/src/attention/"],
    mayUse: ["collector/evaluate", "collector/state", "collector/store", "shared"],
  },
  {
    name: "collector/routing",
    paths: ["collector/src/routing/"],
    mayUse: ["collector/clients", "collector/evaluate", "collector/policy", "collector/state", "collector/store", "shared"],
  },
  {
    name: "collector/gpu-usage",
    paths: ["collector/src/gpu-usage/"],
    mayUse: ["collector/routing", "collector/state", "collector/store", "shared"],
  },
  {
    name: "collector/notify",
    paths: ["collector/src/notify/"],
    mayUse: ["collector/attention", "collector/evaluate", "collector/policy", "collector/state", "collector/store", "shared"],
  },
  {
    name: "collector/exposition",
    paths: ["collector/src/exposition/"],
    mayUse: [
      "collector/evaluate",
      "collector/gpu-usage",
      "collector/reconcile",
      "collector/routing",
      "collector/state",
      "collector/store",
      "shared",
      "proto",
    ],
  },
  {
    name: "collector/blast",
    paths: ["collector/src/blast/"],
    mayUse: ["collector/clients", "collector/longhorn", "collector/state", "shared", "proto"],
  },
  {
    name: "collector/reconcile",
    paths: ["collector/src/reconcile/"],
    mayUse: [
      "collector/attention",
      "collector/clients",
      "collector/evaluate",
      "collector/longhorn",
      "collector/metrics",
      "collector/onboarding",
      "collector/policy",
      "collector/routing",
      "collector/rules",
      "collector/state",
      "collector/store",
      "shared",
      "proto",
    ],
  },
  {
    name: "collector/evaluate",
    paths: ["collector/src/evaluate/"],
    mayUse: ["collector/state", "collector/store", "collector/metrics", "shared", "proto"],
  },
  {
    name: "collector/rules",
    paths: ["collector/src/rules/"],
    mayUse: ["collector/evaluate", "collector/inventory", "collector/longhorn", "collector/state", "shared", "proto"],
  },
  {
    name: "collector/api",
    paths: ["collector/src/api/"],
    mayUse: [
      "collector/routing",
      "collector/gpu-usage",
      "collector/attention",
      "collector/notify",
      "collector/blast",
      "collector/evaluate",
      "collector/exposition",
      "collector/identity",
      "collector/metrics",
      "collector/onboarding",
      "collector/policy",
      "collector/reconcile",
      "collector/state",
      "collector/store",
      "collector/tls",
      "shared",
      "proto",
    ],
  },
  {
    name: "collector",
    paths: ["collector/src/"],
    mayUse: [
      "collector/routing",
      "collector/gpu-usage",
      "collector/attention",
      "collector/notify",
      "collector/api",
      "collector/blast",
      "collector/exposition",
      "collector/longhorn",
      "collector/onboarding",
      "collector/ingest",
      "collector/policy",
      "collector/reconcile",
      "collector/rules",
      "collector/evaluate",
      "collector/inventory",
      "collector/store",
      "collector/state",
      "collector/metrics",
      "collector/clients",
      "collector/identity",
      "collector/tls",
      "shared",
      "proto",
    ],
  },

  { name: "cli", paths: ["packages/cli/src/"], mayUse: ["shared", "proto", "agent", "collector/policy"] },
  { name: "dashboard", paths: ["packages/dashboard/src/"], mayUse: ["shared"] },
];

const sources = productSources();

function roomOf(path: string): Room | undefined {
  return rooms.find((room) => room.paths.some((prefix) => path.startsWith(prefix)));
}

function ownImports(file: SourceFile): readonly string[] {
  return file.imports.filter((path) => path.includes("/src/"));
}

describe("imports", () => {
  it("finds the house (a reader that finds nothing would pass everything)", () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap(ownImports).length).toBeGreaterThan(100);
  });

  it("puts every file into a room", () => {
    expect(sources.filter((file) => roomOf(file.path) === undefined).map((file) => file.path)).toEqual([]);
  });

  it.each(rooms)("lets $name use only the rooms below it", (room) => {
    const wrong = sources
      .filter((file) => roomOf(file.path) === room)
      .flatMap((file) => ownImports(file).map((target) => ({ from: file.path, to: target, room: roomOf(target)?.name })))
      .filter((edge) => edge.room !== room.name && !room.mayUse.includes(edge.room ?? "nowhere"));

    expect(wrong).toEqual([]);
  });

  it("lets the CLI use the agent only by its doctor, its recorder and its enrollment", () => {
    const targets = sources
      .filter((file) => file.path.startsWith("packages/cli/"))
      .flatMap(ownImports)
      .filter((target) => target.startsWith("agent/"));

    expect(new Set(targets)).toEqual(new Set(["agent/src/doctor.ts", "agent/src/capture.ts", "agent/src/enroll.ts"]));
  });

  it("lets the CLI use the collector only by the one door of its policy", () => {
    const targets = sources
      .filter((file) => file.path.startsWith("packages/cli/"))
      .flatMap(ownImports)
      .filter((target) => target.startsWith("collector/"));

    expect(new Set(targets)).toEqual(new Set(["collector/src/policy/offline.ts"]));
  });

  it("has no circle", () => {
    const graph = new Map(sources.map((file) => [file.path, ownImports(file)]));

    expect(findCircle(graph)).toBeUndefined();
  });
});

function findCircle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const circle = visit(next, [...trail, path]);
      if (circle !== undefined) return circle;
    }
    finished.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const circle = visit(path, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
