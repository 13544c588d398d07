/** Machines with GPUs and Ollamas as the page sees them: real state, routes and reservations; only what agents say and whether servers answer is made up. */
import { createLogger, systemClock } from "@nodekeeper/shared";
import { gpuReadings, ollamaReadings } from "../../collector/src/api/test-support/gpu-readings.ts";
import { aReading, Machine } from "../../collector/src/api/test-support/machine.ts";
import { createGpuUsage } from "../../collector/src/gpu-usage/create-gpu-usage.ts";
import type { GpuUsageBook } from "../../collector/src/gpu-usage/gpu-usage.ts";
import { builtInPolicy } from "../../collector/src/policy/built-in.ts";
import type { PolicySource } from "../../collector/src/policy/policy.ts";
import { readPolicy } from "../../collector/src/policy/read-policy.ts";
import type { Reach } from "../../collector/src/routing/backend.ts";
import { createReservations } from "../../collector/src/routing/create-reservations.ts";
import { createRouting } from "../../collector/src/routing/create-routing.ts";
import type { Reservations } from "../../collector/src/routing/reservations.ts";
import type { Routing } from "../../collector/src/routing/routing.ts";
import { createStateHolder, type StateHolder } from "../../collector/src/state/holder.ts";
import { FakeStore } from "../../collector/src/test-support/fake-store.ts";

/** What a machine is now. */
export interface MadeUpGpu {
  readonly gpu?: Parameters<typeof gpuReadings>[0];
  /** Not there: it has none. */
  readonly ollama?: Parameters<typeof ollamaReadings>[0];
}

/** All of them. */
export interface MadeUpGpus extends AsyncDisposable {
  readonly state: StateHolder;
  readonly routing: Routing;
  readonly reservations: Reservations;
  readonly gpuUsage: GpuUsageBook;
  /** The agent of a machine says this; the first time, it begins to report. */
  say(name: string, is: MadeUpGpu): void;
  /** The machine says that it goes, and is gone. */
  leave(name: string): void;
  /** Whether the server of a machine answers us. */
  answer(name: string, reach: Reach): void;
}

const rules = "version: 1\nrouting: { generation: ollama.is_installed, embeddings: ollama.is_installed }";

/** None yet. */
export async function makeGpus(): Promise<MadeUpGpus> {
  const read = readPolicy(rules, { source: "policy.yaml", builtIn: builtInPolicy });
  if (read.kind === "bad") throw new Error(read.problems.join());
  const policy: PolicySource = {
    current: read.policy,
    problems: () => [],
    onChanged: () => ({ [Symbol.dispose]: () => undefined }),
  };
  const common = { clock: systemClock, random: Math.random, logger: createLogger("test", "silent") };
  const state = createStateHolder([]);
  const machines = new Map<string, { readonly agent: Machine; readonly address: string }>();
  const reaches = new Map<string, Reach>();
  const up: Reach = { kind: "up", sinceMs: Date.now() };
  let tell = (): void => undefined;
  await using stack = new AsyncDisposableStack();
  const reservations = stack.use(await createReservations({ ...common, state, store: new FakeStore() }));
  const routing = stack.use(
    createRouting({
      ...{ ...common, state, policy, reservations, cluster: undefined, findings: { ofNode: () => [] } },
      openChecks: (onChanged) => {
        tell = onChanged;
        return {
          watch: () => undefined,
          reachOf: (url) => reaches.get(url) ?? up,
          wordOf: () => undefined,
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
    }),
  );
  const gpuUsage = stack.use(await createGpuUsage({ ...common, state, routing, reservations, store: new FakeStore() }));
  const opened = stack.move();

  function machineOf(name: string): { readonly agent: Machine; readonly address: string } {
    const known = machines.get(name);
    if (known !== undefined) return known;
    const place = machines.size + 2;
    const machine = {
      agent: new Machine(name, ["gpu", "ollama", "tailscale"], "intermittent"),
      address: `100.64.${Math.floor(place / 250)}.${place % 250}`,
    };
    machines.set(name, machine);
    const daemon = { backendState: "Running", stableId: name, tailnet: "example.net", addresses: [machine.address] };
    state.apply(machine.agent.connect(Date.now()));
    state.apply({ kind: "proven", node: name, proof: { state: "proven", by: "credential" } });
    state.apply(
      machine.agent.observe("tailscale", [aReading("tailscale", "", { case: "tailscale", value: daemon })], Date.now()),
    );
    return machine;
  }

  return {
    ...{ state, routing, reservations, gpuUsage },
    say(name, { gpu, ollama }) {
      const { agent, address } = machineOf(name);
      const models = ["ollama_model", "ollama_loaded_model"];
      if (ollama !== undefined) {
        const readings = ollamaReadings({ address: `${address}:11434`, ...ollama });
        state.apply(agent.observe("ollama", readings, Date.now(), [], models));
      }
      state.apply(agent.observe("gpu", gpuReadings(gpu), Date.now() + 1, [], ["gpu_process"]));
    },
    leave(name) {
      state.apply(machineOf(name).agent.disconnect(Date.now(), "suspend"));
    },
    answer(name, reach) {
      reaches.set(`http://${machineOf(name).address}:11434`, reach);
      tell();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
