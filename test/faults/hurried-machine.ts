/** A scene and the built agent on it, in two halves as in a cluster, whose time passes faster. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Finding, NodeDetail } from "@nodekeeper/shared/api";
import { probes } from "../../agent/src/doctor.ts";
import { agentBundle } from "../durability/agent-process.ts";
import { createProgram, type Program } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { type Act, type Fault, secondMs } from "./fault.ts";
import type { HurriedTime } from "./hurried-time.ts";
import { bootAnew, makeScene, type Scene, tellUptime } from "./scene.ts";
import type { CollectorPlace } from "./stage.ts";

/** A machine that reports. Disposing it ends its agent and removes it. */
export interface Machine extends AsyncDisposable {
  readonly name: string;
  readonly scene: Scene;
  findings(): Promise<readonly Finding[]>;
  play(act: Act): Promise<void>;
  /** Of the half of its agent that reads it. */
  probingPid(): number | undefined;
  /** When a probe read the machine last, in the time of the scene. */
  readAtMs(probe: string): Promise<number>;
}

/** How it is started. */
export interface MachineOptions {
  /** For what its agent keeps. */
  readonly folder: string;
  readonly time: HurriedTime;
  readonly collector: CollectorPlace;
  /** By default that of the machine. */
  readonly nodeName?: string;
  /** More flags for the reporting half of its agent. */
  readonly agentFlags?: readonly string[];
}

/** Probes of a new agent say something within this, of real time. */
const startMs = 60_000;

/** Starts it, as it is before the fault, and waits until every probe was heard. */
export async function startMachine(
  fault: Fault,
  { folder, time, collector, nodeName, agentFlags = [] }: MachineOptions,
): Promise<Machine> {
  await using parts = new AsyncDisposableStack();
  const name = nodeName ?? fault.machine;
  let startedAtMs = 0;
  const scene = parts.use(
    await makeScene(fault.machine, ({ uptimeMs }) => {
      startedAtMs = time.wallMs() - uptimeMs;
      return { wallMs: () => time.wallMs(), uptimeMs: () => time.wallMs() - startedAtMs };
    }),
  );
  // Each is a machine of its own, also where several are copies of one.
  await scene.write("etc/machine-id", `${createHash("sha256").update(name).digest("hex").slice(0, 32)}\n`);
  await fault.prepare?.(scene);
  const [probing, reporting] = halvesOf();
  parts.use(reporting);
  parts.use(probing);
  const detail = async (): Promise<NodeDetail | undefined> => {
    const response = await fetch(`${collector.url}/api/v1/nodes/${name}`).catch(() => undefined);
    return response?.ok === true ? ((await response.json()) as NodeDetail) : undefined; // of our own API
  };
  const start = async (): Promise<void> => {
    // The clock of the machine goes on from its recording when an agent opens it.
    await scene.record((recording) => ({ ...recording, uptimeMs: Math.round(scene.time.uptimeMs()) }));
    probing.start();
    reporting.start();
    const beganMs = time.wallMs();
    await waitUntil(`${name} to report every probe`, startMs, async () => {
      for (const program of [probing, reporting])
        if (program.ended() !== undefined) throw new Error(`ended early: ${program.log()}`);
      const said = (await detail())?.probes.filter(({ observedAt }) => Date.parse(observedAt) >= beganMs - secondMs);
      return (said?.length ?? 0) >= probes.length;
    });
  };
  const end = async (how: "kill" | "stop"): Promise<void> => {
    await Promise.all([probing[how](), reporting[how]()]);
  };
  await start();
  const clock = setInterval(() => void tellUptime(scene).catch(() => undefined), secondMs / 2);
  parts.defer(() => clearInterval(clock));
  const running = parts.move();
  return {
    name,
    scene,
    async findings() {
      const response = await fetch(`${collector.url}/api/v1/findings?node=${name}`);
      return ((await response.json()) as { readonly findings: readonly Finding[] }).findings; // of our own API
    },
    probingPid: () => probing.pid(),
    async play({ change, agent }) {
      await change?.(scene);
      if (agent?.kind === "vanishes") await end("kill");
      if (agent?.kind !== "returns") return;
      if (agent.isNewBoot) {
        await end("stop");
        startedAtMs = time.wallMs();
        await bootAnew(scene);
      }
      await start();
    },
    async readAtMs(probe) {
      return Date.parse((await detail())?.probes.find((each) => each.name === probe)?.observedAt ?? "");
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };

  function halvesOf(): readonly [Program, Program] {
    const socket = join(folder, "socket", "spool.sock");
    const forms = {
      probe: ["--spool-dir", join(folder, "spool"), "--socket", socket, "--host-root", scene.root, "--node-name", name],
      report: ["--socket", socket, "--collector", collector.grpc, ...agentFlags],
    };
    const half = (form: "probe" | "report"): Program =>
      createProgram({
        argv: [process.execPath, agentBundle, form, "--health-listen", "none", ...forms[form]],
        env: time.env,
        logFile: join(folder, `${form}.log`),
      });
    return [half("probe"), half("report")];
  }
}
