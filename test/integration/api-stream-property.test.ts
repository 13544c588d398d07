/** Whatever happens, in whatever order, and however clients come and go: a client that applies what it is told knows what GET says. */
import type { Finding, NodeList, NodeSummary } from "@nodekeeper/shared/api";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { aFinding } from "../../collector/src/api/test-support/fake-findings.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { diskReadings, sensorReadings, systemReadings } from "../../collector/src/api/test-support/readings.ts";
import { StreamClient } from "../../collector/src/api/test-support/stream-client.ts";

const names = ["neko", "neko2", "panther", "bobcat", "siberian"];
const patience = { timeout: 30_000, interval: 5 };

type Step =
  | {
      readonly kind: "connect" | "disconnect" | "system" | "disks" | "sensors" | "contact";
      readonly node: number;
      readonly value: number;
    }
  | { readonly kind: "finding"; readonly node: number; readonly id: number; readonly state: Finding["state"] }
  | { readonly kind: "drop" | "resume"; readonly client: number }
  | { readonly kind: "look" | "pause" };

const node = fc.nat(names.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("connect", "disconnect", "system", "disks", "sensors", "contact"),
      node,
      value: fc.nat(99),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("finding"),
      node,
      id: fc.nat(2),
      state: fc.constantFrom("pending", "firing", "resolved"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("drop", "resume"), client: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("look", "pause") }) },
);

/** What GET says at a version. */
interface Truth {
  readonly nodes: readonly NodeSummary[];
}

class Trial {
  readonly machines: readonly Machine[];
  readonly clients: readonly StreamClient[];
  readonly truths = new Map<number, Truth>();
  readonly #api: ApiHarness;
  readonly #open = new Set<number>();
  #nowMs = Date.now();
  /** Times that a client was at a version of which the truth is known. */
  comparisons = 0;

  /** Trials share a server, whose state they leave behind; each has machines of its own. */
  constructor(api: ApiHarness, number: number) {
    this.machines = names.map((name) => new Machine(`${name}-${number}`));
    this.#api = api;
    this.clients = [0, 1, 2].map(() => new StreamClient(api.server.url));
    for (const client of this.clients) client.onMessage = () => this.#compare(client);
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const machine of this.machines.slice(0, 2)) this.#api.state.apply(machine.connect(this.#nowMs));
    for (const index of this.clients.keys()) await this.#resume(index);
    for (const next of steps) await this.#take(next);
    for (const index of this.clients.keys()) await this.#resume(index);
    const list = await this.#look();
    const findings = [...this.#api.findings.all()];
    for (const client of this.clients) {
      await vi.waitFor(() => {
        expect(sorted(client.nodes.values())).toEqual(list.nodes);
        expect([...client.findings.values()].toSorted(byId)).toEqual(findings.toSorted(byId));
      }, patience);
      client.drop();
    }
  }

  async #take(next: Step): Promise<void> {
    this.#nowMs += 1;
    switch (next.kind) {
      case "finding":
        return this.#api.findings.put(
          aFinding(this.machines[next.node]?.name ?? "", { id: `${next.node}/${next.id}`, state: next.state }),
        );
      case "drop":
        this.clients[next.client]?.drop();
        this.#open.delete(next.client);
        return;
      case "resume":
        return this.#resume(next.client);
      case "look":
        await this.#look();
        return;
      case "pause":
        return new Promise((resolve) => setTimeout(resolve, 8));
      default:
        return this.#observe(next);
    }
  }

  #observe({ kind, node, value }: Extract<Step, { readonly value: number }>): void {
    const machine = this.machines[node];
    if (machine === undefined) return;
    const event = {
      connect: () => machine.connect(this.#nowMs),
      disconnect: () => machine.disconnect(this.#nowMs, value % 2 === 0 ? "reboot" : undefined),
      contact: () => machine.contact(this.#nowMs),
      system: () => machine.observe("system", systemReadings(1000 + (this.#nowMs % 1000), value), this.#nowMs),
      disks: () => machine.observe("disks", diskReadings(value), this.#nowMs),
      sensors: () => machine.observe("sensors", sensorReadings(value), this.#nowMs),
    }[kind]();
    this.#api.state.apply(event);
  }

  /** Connects anew, or goes on where it left off. */
  async #resume(index: number): Promise<void> {
    const client = this.clients[index];
    if (client === undefined || this.#open.has(index)) return;
    this.#open.add(index);
    await (client.version < 0 ? client.open() : client.resume());
  }

  async #look(): Promise<NodeList> {
    const list = await this.#api.json<NodeList>("/api/v1/nodes");
    this.truths.set(list.version, list);
    for (const client of this.clients) this.#compare(client);
    return list;
  }

  #compare(client: StreamClient): void {
    const truth = this.truths.get(client.version);
    if (truth === undefined) return;
    expect(sorted(client.nodes.values())).toEqual(truth.nodes);
    this.comparisons += 1;
  }
}

function sorted(nodes: Iterable<NodeSummary>): readonly NodeSummary[] {
  return [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function byId(a: Finding, b: Finding): number {
  return a.id < b.id ? -1 : 1;
}

describe("a client of the stream", () => {
  it("knows what GET /api/v1/nodes says at the same version, after any events, disconnections and resumptions", async () => {
    await using api = await startApi({ limits: { minimumIntervalMs: 5 } });
    let comparisons = 0;
    let trials = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        trials += 1;
        const trial = new Trial(api, trials);
        await trial.run(steps);
        comparisons += trial.comparisons;
      }),
      { numRuns: 30 },
    );

    expect(comparisons).toBeGreaterThan(50);
  }, 240_000);

  it("is one of two hundred, all of which know the same in the end", async () => {
    await using api = await startApi({ limits: { minimumIntervalMs: 20 } });
    const machines = names.map((name) => new Machine(name));
    const clients = Array.from({ length: 200 }, () => new StreamClient(api.server.url));
    await Promise.all(clients.map((client) => client.open()));

    for (let round = 0; round < 50; round++) {
      for (const machine of machines) {
        api.state.apply(
          round === 0 ? machine.connect(Date.now()) : machine.observe("system", systemReadings(1000 + round, round), Date.now()),
        );
      }
      if (round === 25) for (const client of clients.slice(0, 100)) client.drop();
      if (round === 40) await Promise.all(clients.slice(0, 100).map((client) => client.resume()));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }

    const { nodes } = await api.json<NodeList>("/api/v1/nodes");
    for (const client of clients) {
      await vi.waitFor(() => expect(sorted(client.nodes.values())).toEqual(nodes), patience);
    }
    expect(
      clients.slice(0, 100).every((client) => client.messages.filter((message) => message.type === "snapshot").length === 1),
    ).toBe(true);
    for (const client of clients) client.drop();
  }, 120_000);
});
