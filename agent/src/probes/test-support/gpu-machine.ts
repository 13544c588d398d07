/** A machine whose NVIDIA driver a test plays, and the probe `gpu` that runs on it again and again. */
import { systemClock } from "@nodekeeper/shared";
import { createObserver } from "../../observer.ts";
import type { Payload } from "../../payload.ts";
import type { FaultyDevices } from "../../probe.ts";
import { createGpuProbe } from "../gpu.ts";
import type { DriverGpu, DriverReading } from "../support/gpu/driver-reading.ts";
import { driverReading } from "./gpus.ts";
import { TreeHost } from "./tree-host.ts";

/** The address of the first card. */
export const one = "0000:01:00.0";
/** The address of the second. */
export const two = "0000:02:00.0";

/** A card that works, as its driver tells it. */
export const workingCard: DriverGpu = {
  pciAddress: one,
  uuid: "GPU-1b2c",
  productName: "NVIDIA GeForce RTX 5070 Ti",
  computeCapability: "12.0",
  architecture: "Blackwell",
  memory: { totalBytes: 17_094_934_528, reservedBytes: 419_430_400, usedBytes: 8_000_000_000, freeBytes: 8_675_504_128 },
  utilization: { gpuPercent: 40, memoryPercent: 12 },
  temperature: { gpuCelsius: 51, slowdownCelsius: 88 },
  power: { drawWatts: 96.5, limitWatts: 300 },
  clocksEventReasons: 0x44,
  isMigEnabled: false,
  processes: [],
};

/** The same while nobody gives it anything to do. */
export const idleCard: DriverGpu = { ...workingCard, utilization: { gpuPercent: 0 } };

/** The machine. */
export class GpuMachine {
  readonly host: TreeHost = new TreeHost({
    "/proc/1/stat": "",
    "/proc/2/stat": "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0",
    "/proc/self/status": "Name:\tnode\nNSpid:\t4711\n",
    "/proc/stat": "btime 1767000000\n",
    "/etc/passwd": "root:x:0:0::/root:/bin/sh\n",
  });
  /** Addresses that the driver was asked about, call by call. */
  readonly asked: (readonly string[])[] = [];
  /** What the driver answers. */
  answer: (addresses: readonly string[]) => DriverReading = () => driverReading([workingCard]);
  readonly #observe: ReturnType<typeof createObserver>;

  constructor() {
    const probe = createGpuProbe(undefined, async (_host, _signal, addresses) => {
      this.asked.push(addresses);
      return this.answer(addresses);
    });
    this.#observe = createObserver(probe, { host: this.host, clock: systemClock });
  }

  /** One run; undefined where the probe says absent. */
  async run(faulty?: FaultyDevices): Promise<Payload | undefined> {
    const { run, observation } = await this.#observe(15_000, new AbortController().signal, faulty);
    if (run.outcome === "failed") throw run.error;
    if (run.outcome !== "ok" || observation.body.case !== "full") return undefined;
    // What was carried is complete only in the observation.
    return { ...run.payload, subjects: observation.body.value.subjects };
  }

  /** One run that must find something. */
  async found(faulty?: FaultyDevices): Promise<Payload> {
    const payload = await this.run(faulty);
    if (payload === undefined) throw new Error("the probe says absent");
    return payload;
  }

  /** Lets time go by. */
  pass(ms: number): void {
    const { wallMs, uptimeMs } = this.host.clock;
    this.host.clock = { wallMs: wallMs + ms, uptimeMs: uptimeMs + ms };
  }

  /** A process of the host. */
  addProcess(pid: number, name: string, cgroup: string): void {
    this.host.add(`/proc/${pid}`, {
      stat: `${pid} (${name}) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 1000 1 1`,
      status: `Name:\t${name}\nUid:\t0\t0\t0\t0\n`,
      cgroup: `0::${cgroup}\n`,
    });
  }
}
