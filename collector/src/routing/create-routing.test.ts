import { createLogger } from "@nodekeeper/shared";
import type { GpuReservation } from "@nodekeeper/shared/api";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { itsState } from "../onboarding/test-support/a-machine.ts";
import { wellMachine } from "../onboarding/test-support/new-machine.ts";
import { builtInPolicy } from "../policy/built-in.ts";
import type { Policy, RoutedServer } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { createStateHolder, type StateHolder } from "../state/holder.ts";
import { unproven } from "../state/node-proof.ts";
import type { NodeState } from "../state/node-state.ts";
import { startMs } from "../test-support/states.ts";
import type { Reach } from "./backend.ts";
import type { CheckedServer, ServerChecks } from "./check-servers.ts";
import { createRouting } from "./create-routing.ts";
import type { OllamaWord } from "./facts-of-ollama.ts";
import type { Routing } from "./routing.ts";

const machineUrl = "http://100.64.0.9:11434";
const studio = { name: "studio", url: "http://10.0.0.9:11434", roles: ["generation"] } as const;
/** Generation on no node, embeddings on each that has an Ollama. */
const read = readPolicy("version: 1\nrouting: { generation: false, embeddings: ollama.is_installed }", {
  ...{ source: "policy.yaml", builtIn: builtInPolicy },
});

interface Scene extends AsyncDisposable {
  readonly routing: Routing;
  readonly clock: FakeClock;
  readonly state: StateHolder;
  readonly policy: { current: Policy };
  readonly node: NodeState;
  readonly watched: () => ReadonlyMap<string, CheckedServer>;
  readonly changes: () => number;
  /** By node; nobody is told of a change. */
  readonly kept: Map<string, GpuReservation>;
  answer(url: string, reach: Reach, word?: OllamaWord): Promise<void>;
  pass(durationMs: number): Promise<void>;
}

const up: Reach = { kind: "up", sinceMs: startMs };

async function aScene(
  servers: readonly RoutedServer[] = [],
  node: NodeState = itsState(wellMachine()),
  others: readonly NodeState[] = [],
): Promise<Scene> {
  if (read.kind === "bad") throw new Error(read.problems.join());
  const clock = new FakeClock(startMs);
  const reaches = new Map<string, Reach>();
  const words = new Map<string, OllamaWord>();
  const kept = new Map<string, GpuReservation>();
  let watched: ReadonlyMap<string, CheckedServer> = new Map();
  let tell: () => void = () => undefined;
  const checks: ServerChecks = {
    watch: (servers) => {
      watched = servers;
    },
    reachOf: (url) => reaches.get(url) ?? { kind: "unknown", problem: "it was not asked yet" },
    wordOf: (url) => words.get(url),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const state = createStateHolder([node, ...others]);
  const policy = {
    current: { ...read.policy, routing: { ...read.policy.routing, servers } },
    problems: () => [],
    onChanged: () => ({ [Symbol.dispose]: () => undefined }),
  };
  const routing = createRouting({
    ...{ state, policy, clock, random: () => 0.5, logger: createLogger("test", "error") },
    cluster: undefined,
    findings: { ofNode: () => [] },
    reservations: { of: (name) => kept.get(name), onChanged: () => ({ [Symbol.dispose]: () => undefined }) },
    openChecks: (onChanged) => {
      tell = onChanged;
      return checks;
    },
  });
  let count = 0;
  routing.onChanged(() => {
    count += 1;
  });
  const pass = async (durationMs: number): Promise<void> => {
    await clock.advance(durationMs);
    await settle();
  };
  await pass(1_000);
  return {
    ...{ routing, clock, pass, state, policy, node, kept, watched: () => watched, changes: () => count },
    async answer(url, reach, word) {
      reaches.set(url, reach);
      if (word !== undefined) words.set(url, word);
      tell();
      await pass(1_000);
    },
    [Symbol.asyncDispose]: () => routing[Symbol.asyncDispose](),
  };
}

describe("routing", () => {
  it("watches the Ollama of a node, and sends its model there once it answers us, whatever its agent says", async () => {
    await using scene = await aScene();
    const { routing } = scene;

    expect([...scene.watched()]).toEqual([[machineUrl, { isAskedForModels: false }]]);
    expect(routing.table.serving).toEqual({ generation: [], embeddings: [] });

    await scene.answer(machineUrl, up);

    const [name] = routing.backends().map((backend) => backend.name);
    expect(routing.table.serving.embeddings).toEqual([{ name, url: machineUrl }]);
    expect(routing.table.models.find(({ role }) => role === "embeddings")).toMatchObject({
      model: "granite4:3b",
      backends: [name],
    });
    expect(routing.explain({ model: "granite4:3b", role: "embeddings" })).toMatchObject({ backend: name });
  });

  it("keeps the routes while the agent is silent, and asks Ollama itself what it has", async () => {
    await using scene = await aScene();
    await scene.answer(machineUrl, up);
    const before = { version: scene.routing.table.version, changes: scene.changes() };

    await scene.pass(3_600_000);

    expect(scene.watched().get(machineUrl)).toEqual({ isAskedForModels: true });
    expect({ version: scene.routing.table.version, changes: scene.changes() }).toEqual(before);
    expect(scene.routing.backends()).toMatchObject([{ isStale: true, witness: "agent" }]);

    const said = { name: "granite4:3b", digest: "sha256:x", sizeBytes: 2e9, capabilities: ["completion"] };
    await scene.answer(machineUrl, up, { version: "0.32.15", models: [said], loaded: [said], atMs: scene.clock.wallMs() });
    expect(scene.routing.backends()).toMatchObject([{ isStale: true, witness: "ollama" }]);
  });

  it("asks no server that the policy has no use for, or of which nobody has proven anything", async () => {
    await using scene = await aScene();
    expect(scene.watched().size).toBe(1);
    scene.policy.current = { ...scene.policy.current, routing: { generation: undefined, embeddings: undefined, servers: [] } };
    await scene.pass(6_000);
    expect(scene.watched().size).toBe(0);

    await using other = await aScene([], { ...itsState(wellMachine()), proof: unproven });
    expect(other.watched().size).toBe(0);
    expect(other.routing.backends()).toMatchObject([{ roles: { embeddings: { word: "undecided" } } }]);
  });

  it("keeps no word of an old policy, nor of a node that is gone", async () => {
    await using scene = await aScene([], {
      ...itsState(wellMachine()),
      connection: { kind: "disconnected", sinceMs: startMs, goodbye: undefined },
    });
    await scene.answer(machineUrl, up);
    await scene.pass(3_600_000);
    expect(scene.routing.backends()).toMatchObject([{ roles: { embeddings: { word: "yes" } } }]);

    const changed = readPolicy(
      "version: 1\nrouting: { generation: false, embeddings: ollama.is_installed && ollama.is_running }",
      {
        ...{ source: "policy.yaml", builtIn: builtInPolicy },
      },
    );
    if (changed.kind === "good") scene.policy.current = changed.policy;
    await scene.pass(6_000);
    expect(scene.routing.backends()).toMatchObject([{ roles: { embeddings: { word: "undecided" } } }]);

    scene.state.apply({ kind: "retired", node: scene.node.name });
    await scene.pass(0);
    await scene.pass(1_000);
    expect(scene.routing.backends()).toEqual([]);
  });

  it("takes one that the policy and a node both name for the node's", async () => {
    await using scene = await aScene([{ ...studio, url: machineUrl }]);
    await scene.answer(machineUrl, up);

    expect(scene.routing.backends().map(({ name }) => name)).toEqual([scene.node.name]);
    expect(scene.watched().get(machineUrl)).toEqual({ isAskedForModels: false });
  });

  it("withdraws one that does not answer, and says why", async () => {
    await using scene = await aScene();
    await scene.answer(machineUrl, up);

    await scene.answer(machineUrl, { kind: "down", sinceMs: startMs, problem: "connection refused" });

    expect(scene.routing.table.serving.embeddings).toEqual([]);
    expect(scene.routing.explain({ model: "granite4:3b", role: "embeddings" }).text).toContain("connection refused");
    const at = scene.routing.table.models.findIndex(({ model, role }) => model === "granite4:3b" && role === "embeddings");
    expect(scene.routing.standings()[at]).toEqual([{ backend: scene.node.name, standing: "left-out" }]);
  });

  it("works with a server of the policy, of which no agent speaks", async () => {
    await using scene = await aScene([studio]);
    expect(scene.watched().get(studio.url)).toEqual({ isAskedForModels: true });

    const said = { name: "qwen3:14b", digest: "sha256:q", sizeBytes: 9e9, capabilities: ["completion"] };
    await scene.answer(studio.url, up, { version: "0.32.15", models: [said], loaded: [], atMs: scene.clock.wallMs() });

    expect(scene.routing.table.serving.generation).toEqual([{ name: "studio", url: studio.url }]);
    expect(scene.routing.explain({ model: "qwen3:14b", role: "generation" })).toMatchObject({
      backend: "studio",
      candidates: [{ standing: "untold" }, {}],
    });
    expect(scene.routing.explain({ model: "qwen3:14b", role: "embeddings" }).backend).toBeUndefined();
  });

  it("says at once that a GPU is kept, and that it is not any more", async () => {
    await using scene = await aScene();
    const { kept, node, routing } = scene;
    await scene.answer(machineUrl, up);
    const backend = (): string | undefined => routing.explain({ model: "granite4:3b", role: "embeddings" }).backend;

    kept.set(node.name, { node: node.name, kind: "person", by: "mika", reason: "", at: "2026-11-22T11:00:00.000Z" });
    expect(backend()).toBeUndefined();
    kept.delete(node.name);
    expect(backend()).toBe(node.name);
  });

  it("keeps a server of the policy too for who keeps the GPU of the node of its name", async () => {
    await using scene = await aScene([studio]);
    scene.kept.set("studio", { node: "studio", kind: "person", by: "mika", reason: "", at: "2026-11-22T11:00:00.000Z" });
    await scene.answer(studio.url, up);

    expect(scene.routing.backends()).toContainEqual(
      expect.objectContaining({ name: "studio", reservation: { ...scene.kept.get("studio") } }),
    );
    expect(scene.routing.table.serving.generation).toEqual([]);
  });

  it("has one server at an address that two nodes say", async () => {
    const machine = itsState(wellMachine());
    await using scene = await aScene([], machine, [{ ...machine, name: `${machine.name}-liar` }]);
    await scene.answer(machineUrl, up);
    const { node, routing } = scene;

    expect(routing.table.serving.embeddings).toEqual([{ name: node.name, url: machineUrl }]);
  });

  it("makes no new table while nothing changes", async () => {
    await using scene = await aScene();
    await scene.answer(machineUrl, up);
    const { version } = scene.routing.table;

    await scene.answer(machineUrl, { kind: "up", sinceMs: startMs });
    await scene.pass(30_000);

    expect(scene.routing.table.version).toBe(version);
  });
});
