/** A guest in which the built agent runs as it is shipped, and reports to the built collector on this machine's loopback interface. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding, FindingList, NodeDetail } from "@nodekeeper/shared/api";
import { collectorBundle } from "../durability/collector-process.ts";
import { createProgram } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { freePorts } from "../e2e/installation.ts";
import { type Guest, startGuest } from "./guest.ts";
import { agentFile, guestNode, startGuestAgent } from "./guest-agent.ts";
import type { MachineOptions } from "./machine.ts";

export interface ReportingGuestOptions extends Omit<MachineOptions, "hostPorts"> {
  /** Arguments of `agent run` besides where it reports and where it keeps its spool. */
  readonly agentArguments?: readonly string[];
  /** Words before the agent's command line, e.g. of a program that gives it a namespace. */
  readonly launcher?: readonly string[];
  /** A script that is run before the agent starts. */
  readonly preparation?: string;
  /** Further files, as the guest finds them under /files. */
  readonly files?: readonly { readonly hostPath: string; readonly guestPath: string }[];
}

export interface ReportingGuest extends AsyncDisposable {
  readonly guest: Guest;
  /** What the collector's API says of the guest's node; undefined before it knows it. */
  detail(): Promise<NodeDetail | undefined>;
  /** The findings about the node that are pending or firing. */
  findings(): Promise<readonly Finding[]>;
  /** What agent and collector have logged. */
  logs(): Promise<string>;
}

/** Boots, starts both, and waits until the collector shows a first run of every probe. */
export async function startReportingGuest(options: ReportingGuestOptions): Promise<ReportingGuest> {
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-reporting-"));
  const [http, grpc = 0] = await freePorts(2);
  const collector = createProgram({
    argv: [
      process.execPath,
      collectorBundle,
      ...["--listen", `127.0.0.1:${http}`, "--grpc-listen", `127.0.0.1:${grpc}`, "--data-dir", join(folder, "collector")],
    ],
    env: { PATH: "/usr/bin:/bin" },
    logFile: join(folder, "collector.log"),
  });
  let guest: Guest | undefined;
  const get = async <Body>(path: string): Promise<Body | undefined> => {
    const response = await fetch(`http://127.0.0.1:${http}/api/v1/${path}`).catch(() => undefined);
    return response?.ok === true ? ((await response.json()) as Body) : undefined; // our own API; its schemas are tested there
  };
  const detail = (): Promise<NodeDetail | undefined> => get<NodeDetail>(`nodes/${guestNode}`);
  const logs = async (): Promise<string> =>
    `${(await guest?.run("cat /tmp/agent.log; dmesg | tail -n 30"))?.stdout ?? ""}\n${collector.log()}`;
  const dispose = async (): Promise<void> => {
    await guest?.[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    collector.start();
    guest = await startGuest({
      ...options,
      files: [agentFile, ...(options.files ?? [])],
      hostPorts: [grpc],
    });
    if (options.preparation !== undefined) await prepare(guest, options.preparation);
    await startGuestAgent(guest, {
      launcher: options.launcher,
      arguments: ["--collector", `127.0.0.1:${grpc}`, ...(options.agentArguments ?? [])],
    });
    await waitUntil("the guest's agent reports", startMs, async () => {
      const probes = (await detail())?.probes ?? [];
      return ["system", "disks", "smart", "network", "sensors"].every((name) => probes.some((probe) => probe.name === name));
    });
    return {
      guest,
      detail,
      findings: async () => (await get<FindingList>(`findings?node=${guestNode}`))?.findings ?? [],
      logs,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    const text = await logs().catch(() => collector.log());
    await dispose();
    throw new Error(`no agent reports from the guest:\n${text}`, { cause: error });
  }
}

/** Under emulation Node alone takes seconds to start, and three times that where instructions are counted. */
const startMs = 120_000;

async function prepare(guest: Guest, script: string): Promise<void> {
  const { exitCode, stdout, stderr } = await guest.run(script);
  if (exitCode !== 0) throw new Error(`the guest could not be prepared (${exitCode}): ${stdout}${stderr}`);
}
