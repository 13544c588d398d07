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
  {
    name: "collector/ingest",
    paths: ["collector/src/ingest/"],
    mayUse: ["collector/state", "collector/inventory", "collector/store", "collector/metrics", "shared", "proto"],
  },
  {
    name: "collector/evaluate",
    paths: ["collector/src/evaluate/"],
    mayUse: ["collector/state", "collector/store", "collector/metrics", "shared", "proto"],
  },
  {
    name: "collector/rules",
    paths: ["collector/src/rules/"],
    mayUse: ["collector/evaluate", "collector/inventory", "collector/state", "shared", "proto"],
  },
  {
    name: "collector/api",
    paths: ["collector/src/api/"],
    mayUse: ["collector/evaluate", "collector/state", "collector/store", "collector/metrics", "shared", "proto"],
  },
  {
    name: "collector",
    paths: ["collector/src/"],
    mayUse: [
      "collector/api",
      "collector/ingest",
      "collector/rules",
      "collector/evaluate",
      "collector/inventory",
      "collector/store",
      "collector/state",
      "collector/metrics",
      "shared",
      "proto",
    ],
  },

  { name: "cli", paths: ["packages/cli/src/"], mayUse: ["shared", "proto", "agent"] },
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

  it("lets the CLI use the agent only by its doctor and its recorder", () => {
    const targets = sources
      .filter((file) => file.path.startsWith("packages/cli/"))
      .flatMap(ownImports)
      .filter((target) => target.startsWith("agent/"));

    expect(new Set(targets)).toEqual(new Set(["agent/src/doctor.ts", "agent/src/capture.ts"]));
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
