/**
 * Asks NVIDIA's driver about GPUs that are awake. Every call wakes those that it is about: whether one sleeps is asked elsewhere, before.
 * The driver's library is called by a child of ours (src/nvml); where it cannot be loaded, nvidia-smi is run.
 */
import { AppError } from "@nodekeeper/shared";
import { nvmlLibraries } from "../../../../host/commands.ts";
import type { CommandResult, Host } from "../../../../host/host.ts";
import { malformed } from "../../malformed.ts";
import { printable } from "../../printable.ts";
import type { DriverGpu, DriverReading } from "../driver-reading.ts";
import { checkReading } from "./check-reading.ts";
import { type ProcessView, readProcessView } from "./process-view.ts";
import { parseSmiAnswer } from "./smi-answer.ts";

/** After this the driver hangs: eight GPUs that are not kept ready by persistence need some seconds. */
export const driverTimeoutMs = 10_000;

/**
 * One reading of the GPUs at these addresses (sysfs's form, 0000:01:00.0), and of no others: one that sleeps beside them must not be touched
 * (nvmlDeviceGetHandleByPciBusId initialises only its target; nvidia-smi has -i). What the driver says went wrong is a failure in it;
 * thrown is only what kept us from asking: GPU_DRIVER_MISSING where the host has neither the driver's library nor nvidia-smi,
 * HOST_COMMAND_TIMEOUT where the driver hung, GPU_READ_FAILED where it crashed, or nothing on this machine can load the library.
 */
export async function readNvidiaDriver(host: Host, signal: AbortSignal, pciAddresses: readonly string[]): Promise<DriverReading> {
  const [view, answer] = await Promise.all([readProcessView(host), ask(host, signal, pciAddresses.join(","))]);
  return { ...answer, seesAllProcesses: view === "all", gpus: answer.gpus.map((gpu) => withProcesses(gpu, view)) };
}

/** Sixteen GPUs with all the clocks that they support are a mebibyte of XML. */
const maximumSmiBytes = 8 << 20;

/** By the first way that works. */
async function ask(host: Host, signal: AbortSignal, gpus: string): Promise<DriverReading> {
  const problems: string[] = [];
  for (const library of await librariesOf(host)) {
    try {
      const result = await host.run("nvml", ["--gpus", gpus, library], { timeoutMs: driverTimeoutMs, signal });
      if (result.exitCode === 0) return parseNvml(result.stdout);
      problems.push(`${library}: ${reasonOf(result)}`); // it, or what calls it, could not be loaded on this machine
    } catch (thrown) {
      // Somebody else's library, or a crash while it was loaded, must not keep the next way from being tried; a driver that hangs must.
      if (!(thrown instanceof AppError) || !otherWayMayWork.includes(thrown.code)) throw thrown;
      problems.push(thrown.message);
    }
  }
  try {
    const result = await host.run("nvidia-smi", ["-q", "-x", "-i", gpus], {
      timeoutMs: driverTimeoutMs,
      maximumOutputBytes: maximumSmiBytes,
      signal,
    });
    return parseSmiAnswer(result);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== "HOST_COMMAND_MISSING") throw thrown;
    throw nothingToAsk(problems);
  }
}

const otherWayMayWork: readonly string[] = ["HOST_COMMAND_FAILED", "HOST_COMMAND_MISSING", "HOST_FILE_MISSING"];

async function librariesOf(host: Host): Promise<readonly string[]> {
  const found = await Promise.all(
    nvmlLibraries.map((path) =>
      host.realPath(path).then(
        () => path,
        () => undefined, // not there, or not to be seen: neither can it be loaded
      ),
    ),
  );
  return found.filter((path) => path !== undefined);
}

/** Of a child that printed no reading: what Node says of an error, or its only line. */
function reasonOf({ exitCode, stderr }: CommandResult): string {
  const reason = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.trim().split("\n")[0] ?? "";
  return printable(reason === "" ? `it ended with ${exitCode}` : reason);
}

function parseNvml(stdout: string): DriverReading {
  const reading = checkReading(parseJson(stdout));
  if (reading === undefined) throw malformed("the answer of NVIDIA's library", "it is no reading of GPUs", stdout);
  return reading;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("the answer of NVIDIA's library", "it is not JSON", text);
  }
}

/** The driver lists only processes of the caller's own pid namespace and of those below it: elsewhere an empty list says nothing. */
function withProcesses(gpu: DriverGpu, view: ProcessView): DriverGpu {
  const { processes, ...rest } = gpu;
  const isKnown = view === "all" || (view === "some" && processes !== undefined && processes.length > 0);
  return isKnown && processes !== undefined ? { ...rest, processes } : rest;
}

function nothingToAsk(problems: readonly string[]): AppError {
  const what = "cannot ask NVIDIA's driver";
  if (problems.length > 0)
    return new AppError("GPU_READ_FAILED", `${what}: ${problems.join("; ")}; and nvidia-smi is not installed`);
  const missing = `neither its library (${nvmlLibraries[0]} and other places) nor nvidia-smi is on this host`;
  return new AppError("GPU_DRIVER_MISSING", `${what}: ${missing}; install NVIDIA's driver with its utilities (nvidia-utils)`);
}
