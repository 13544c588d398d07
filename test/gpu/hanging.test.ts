/** An NVIDIA driver that blocks for ever, under the real probes: everything else is read meanwhile, and the GPU is said to have failed in time. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import { createGpuProbe } from "../../agent/src/probes/gpu.ts";
import { network } from "../../agent/src/probes/network.ts";
import { driverTimeoutMs } from "../../agent/src/probes/support/gpu/nvidia/read-driver.ts";
import { system } from "../../agent/src/probes/system.ts";
import { addGpu } from "../../agent/src/probes/test-support/gpus.ts";
import { factsAt } from "../../agent/src/probes/test-support/payload-view.ts";
import { TreeHost } from "../../agent/src/probes/test-support/tree-host.ts";
import { runProbe } from "../../agent/src/run-probe.ts";
import { missingForStandIn, standInHost } from "./stand-in.ts";

const missing = missingForStandIn();
const address = "0000:01:00.0";
const never = new AbortController().signal;
/** For a machine that does something else, too; who waits for the driver is later. */
const latenessMs = 8_000;

describe.skipIf(missing !== undefined)(`a driver that hangs${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  it("delays no other probe, and is reported within its timeout, beside the card itself", { timeout: 60_000 }, async () => {
    await using standIn = await standInHost({ library: { nvmlInit_v2: "!block" }, gpus: {} });
    await writeGpu(standIn.root);
    const host = createLocalHost({ root: standIn.root, clock: systemClock });
    const here = createLocalHost({ root: "/", clock: systemClock });

    let isOver = false;
    const hung = runProbe(createGpuProbe(), { host, clock: systemClock, signal: never }).finally(() => {
      isOver = true;
    });
    const durationsMs: number[] = [];
    while (!isOver) {
      for (const probe of [system, network]) {
        const { outcome, durationMs } = await runProbe(probe, { host: here, clock: systemClock, signal: never });
        expect(outcome).toBe("ok");
        durationsMs.push(durationMs);
      }
      await systemClock.sleep(200, never);
    }
    const run = await hung;

    if (run.outcome !== "ok") throw new Error(`the probe came to ${JSON.stringify(run)}`);
    expect(run.durationMs).toBeGreaterThanOrEqual(driverTimeoutMs);
    expect(run.durationMs).toBeLessThan(driverTimeoutMs + latenessMs);
    expect(factsAt(run.payload, "gpu", address)).toMatchObject({ vendor: "nvidia", power: "GPU_POWER_AWAKE" });
    expect(factsAt(run.payload, "gpu_status", address)).toMatch(
      /^HOST_COMMAND_TIMEOUT: cannot run nvml .* no answer within 10 s/,
    );
    expect(durationsMs.length).toBeGreaterThan(10);
    expect(Math.max(...durationsMs)).toBeLessThan(latenessMs);
  });
});

/** A card as it lies in /sys and /proc, awake and in use. */
async function writeGpu(root: string): Promise<void> {
  const tree = new TreeHost();
  addGpu(tree, address);
  tree.add("/proc", { uptime: "812.33 1600.00\n" });
  for (const [path, entry] of tree.entries) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    if (typeof entry === "string") await writeFile(join(root, path), entry);
    else if ("link" in entry) await symlink(entry.link, join(root, path));
  }
}
