/**
 * What the agent does to GPUs that sleep, by strace: all probes and watchers on a machine with two of them, for an hour of simulated time in every
 * `npm test` (NODEKEEPER_SLEEPING_HOURS=24 for a day; RESULTS.md has what came of that), and the built agent for some seconds of real time. The same
 * machine with its GPUs awake shows that what is looked for can be found.
 */
import { execFile } from "node:child_process";
import { createReadStream, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentBundle } from "../durability/agent-process.ts";
import { createProgram } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { missingBundles } from "../e2e/installation.ts";
import { agentNodeFlags } from "../vm/guest-agent.ts";
import { findTool } from "../vm/tool.ts";
import { type GpuStatuses, gpuFolders, makeGpuMachine, memoryFiles } from "./gpu-tree.ts";
import { parseTrace, type TracedCall } from "./trace.ts";

const missing = findTool("strace") === undefined ? "strace is not installed" : undefined;
const missingAgent = missing ?? missingBundles();

const simulatedSeconds = Number(process.env["NODEKEEPER_SLEEPING_HOURS"] ?? "1") * 3_600;
const awakeSeconds = 120;
const realMs = 20_000;
const gpuIntervalSeconds = 15;
const watcherIntervalSeconds = 4;
/** At most; a day of it takes a quarter of an hour. */
const limitMs = 60_000 + simulatedSeconds * 50;

const tracing = [
  "-f",
  "--seccomp-bpf",
  "-qq",
  "-s",
  "4096",
  "-e",
  "signal=none",
  "-e",
  "trace=execve,execveat,open,openat,openat2,creat",
];
const run = promisify(execFile);

describe.skipIf(missing !== undefined)(
  `feature 50: does not wake or pin a sleeping GPU${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let folder: string;
    let asleep: readonly TracedCall[];
    let awake: readonly TracedCall[];
    let mixed: readonly TracedCall[];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "nodekeeper-sleeping-"));
      [asleep, awake, mixed] = await Promise.all([
        traceDay("asleep", { nvidia: "suspended", amd: "suspended" }, simulatedSeconds),
        traceDay("awake", { nvidia: "active", amd: "active" }, awakeSeconds),
        traceDay("mixed", { nvidia: "suspended", amd: "active" }, awakeSeconds),
      ]);
    }, limitMs);

    afterAll(() => rm(folder, { recursive: true, force: true }));

    it("looks whether they sleep, as often as it should", () => {
      const looks = Object.values(gpuFolders).map((gpu) => opensOf(asleep, `${folder}/asleep${gpu}/power/runtime_status`).length);
      const expected = simulatedSeconds / gpuIntervalSeconds + simulatedSeconds / watcherIntervalSeconds;

      process.stdout.write(`in ${simulatedSeconds} s of simulated time each was looked at ${looks.join(" and ")} times\n`);
      for (const count of looks) expect(count).toBeGreaterThanOrEqual(Math.floor(expected));
    });

    it("opens nothing that a sleeping GPU would have to answer", () => {
      expect(disturbing(asleep, `${folder}/asleep`)).toEqual([]);
    });

    it("asks no driver of a sleeping GPU", () => {
      expect(driverPrograms(asleep)).toEqual([]);
    });

    it("reads GPUs that are awake, so that all this could be seen", () => {
      const read = new Set(disturbing(awake, `${folder}/awake`));

      expect(read).toContain(`${gpuFolders.nvidia}/current_link_speed`);
      expect(read).toContain("/proc/driver/nvidia/gpus/0000:01:00.0/information");
      expect(read).toContain(`${gpuFolders.amd}/current_link_speed`);
      expect(read).toContain(`${gpuFolders.amd}/mem_info_vram_used`);
      expect(read).toContain(`${gpuFolders.amd}/hwmon/hwmon9/temp1_input`);
    });

    it("lets one sleep while it reads another", () => {
      const read = disturbing(mixed, `${folder}/mixed`);

      expect(read).toContain(`${gpuFolders.amd}/mem_info_vram_used`);
      expect(read.filter((path) => !path.startsWith(gpuFolders.amd))).toEqual([]);
      expect(driverPrograms(mixed)).toEqual([]);
    });

    it.skipIf(missingAgent !== undefined)(
      `holds nothing of them open, as the agent is built${missingAgent === undefined ? "" : ` (${missingAgent})`}`,
      { timeout: realMs + 120_000 },
      async () => {
        const root = join(folder, "built");
        makeGpuMachine(root, { nvidia: "suspended", amd: "suspended" });
        const where = ["--host-root", root, "--spool-dir", join(folder, "spool"), "--socket", join(folder, "socket/spool.sock")];
        const trace = join(folder, "trace-built");
        const argv = [
          agentBundle,
          "probe",
          ...where,
          "--health-listen",
          "none",
          "--interval",
          "gpu=5s",
          "--interval",
          "sensors=5s",
        ];
        await using agent = createProgram({
          argv: ["strace", ...tracing, "-o", trace, process.execPath, ...agentNodeFlags.split(" "), ...argv],
          env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
          logFile: join(folder, "log"),
        });
        agent.start();
        await waitUntil("the agent reads", 60_000, () => agent.log().includes("reading this machine"));
        await systemClock.sleep(realMs, new AbortController().signal);
        const held = filesOf(agent.pid() ?? 0);
        expect(agent.ended()).toBeUndefined();
        const calls = parseTrace(readFileSync(trace, "utf8"));

        expect(held.length).toBeGreaterThan(0);
        expect(held.filter((path) => isOfGpu(path, root))).toEqual([]);
        expect(opensOf(calls, `${root}${gpuFolders.nvidia}/power/runtime_status`).length).toBeGreaterThanOrEqual(4);
        expect(disturbing(calls, root)).toEqual([]);
        expect(driverPrograms(calls)).toEqual([]);
      },
    );

    async function traceDay(name: string, status: GpuStatuses, seconds: number): Promise<readonly TracedCall[]> {
      const root = join(folder, name);
      makeGpuMachine(root, status);
      const program = join(import.meta.dirname, "gpu-day.ts");
      const trace = join(folder, `trace-${name}`);
      const day = [process.execPath, program, root, join(folder, `spool-${name}`), String(seconds)];
      await run("strace", [...tracing, "-o", trace, ...day], { timeout: limitMs });
      return parseTrace(await relevantLines(trace));
    }
  },
);

/** Lines of a trace that may be about GPUs, programs, or are parts of others: a whole day would not fit into one text. */
async function relevantLines(trace: string): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(trace) })) {
    if (/exec|\/dev\/|\/0000:0[13]:00\.0\/|<unfinished|resumed>/.test(line)) lines.push(line);
  }
  return lines.join("\n");
}

/** Files of GPUs that were opened and are not answered from memory, by their host path. Looking into a folder is no opening of a file. */
function disturbing(calls: readonly TracedCall[], root: string): readonly string[] {
  return calls
    .filter(({ name, text }) => !name.startsWith("exec") && !text.includes("O_DIRECTORY"))
    .filter(({ path }) => isOfGpu(path, root))
    .map(({ path }) => (path.startsWith(root) ? path.slice(root.length) : path))
    .filter((path) => !(memoryFiles.test(path) && path.startsWith("/sys/")));
}

/** A device file, the host's or this machine's own, anything in a GPU's folder, or what NVIDIA's driver wakes one to answer. */
function isOfGpu(path: string, root: string): boolean {
  const hostPath = path.startsWith(`${root}/`) ? path.slice(root.length) : path;
  return (
    /^\/dev\/(?:nvidia|dri|kfd)|^\/proc\/driver\/nvidia\/gpus\/[^/]+\/information$/.test(hostPath) ||
    Object.values(gpuFolders).some((folder) => hostPath.startsWith(`${folder}/`))
  );
}

function driverPrograms(calls: readonly TracedCall[]): readonly string[] {
  return calls
    .filter(({ name, text }) => name.startsWith("exec") && /nvml|nvidia|rocm|amd-smi|intel_gpu/.test(text))
    .map(({ text }) => text);
}

function opensOf(calls: readonly TracedCall[], path: string): readonly TracedCall[] {
  return calls.filter((call) => call.path === path && !call.name.startsWith("exec"));
}

/** What the traced program, strace's child, has open. */
function filesOf(tracer: number): readonly string[] {
  const [child = ""] = readFileSync(`/proc/${tracer}/task/${tracer}/children`, "utf8").trim().split(" ");
  return readdirSync(`/proc/${child}/fd`).map((name) => readlinkSync(`/proc/${child}/fd/${name}`));
}
