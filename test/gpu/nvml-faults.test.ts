/** A library of NVIDIA's that hangs, crashes, or is none: what becomes of the child that calls it. */
import { readdirSync, readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import { readNvidiaDriver } from "../../agent/src/probes/support/gpu/nvidia/read-driver.ts";
import { findTool } from "../vm/tool.ts";
import { completeAddress, completeGpu } from "./complete-gpu.ts";
import { readStandIn } from "./read-stand-in.ts";
import { missingForStandIn, standInHost } from "./stand-in.ts";

const missing = missingForStandIn();
const never = new AbortController().signal;

describe.skipIf(missing !== undefined)(
  `NVIDIA's library at fault${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    it("a driver that hangs is left in time, and nothing of it stays", async () => {
      await using standIn = await standInHost({ gpus: { [completeAddress]: { nvmlDeviceGetHandleByPciBusId_v2: "!block" } } });
      const host = createLocalHost({ root: standIn.root, clock: systemClock });

      const run = host.run("nvml", ["--gpus", completeAddress, standIn.library], { timeoutMs: 700, signal: never });

      await expect(run).rejects.toMatchObject({ code: "HOST_COMMAND_TIMEOUT" });
      await untilNoneRuns(standIn.root);
      const again = host.run("nvml", ["--gpus", completeAddress, standIn.library], { timeoutMs: 700, signal: never });
      await expect(again).rejects.toMatchObject({ code: "HOST_QUARANTINED" });
      expect(host.abandonedChildCount()).toBe(0);
    });

    it("a reading that nobody wants any more ends its child", async () => {
      await using standIn = await standInHost({ library: { nvmlInit_v2: "!block" }, gpus: {} });
      const stop = new AbortController();

      const reading = readNvidiaDriver(createLocalHost({ root: standIn.root, clock: systemClock }), stop.signal, [
        completeAddress,
      ]);
      await systemClock.sleep(300, never);
      stop.abort();

      await expect(reading).rejects.toMatchObject({ code: "ABORTED" });
      await untilNoneRuns(standIn.root);
    });

    it("a library that crashes takes only the child with it", async () => {
      await using standIn = await standInHost({ gpus: { [completeAddress]: { nvmlDeviceGetUUID: "!crash" } } });
      const host = createLocalHost({ root: standIn.root, clock: systemClock });

      const run = host.run("nvml", ["--gpus", completeAddress, standIn.library], { timeoutMs: 10_000, signal: never });

      await expect(run).rejects.toMatchObject({ code: "HOST_COMMAND_FAILED", message: expect.stringContaining("SIGSEGV") });
    });

    it.skipIf(findTool("nvidia-smi") !== undefined)("a library that is none is named with why it cannot be loaded", async () => {
      await using standIn = await standInHost({ gpus: { [completeAddress]: completeGpu } });
      await writeFile(join(standIn.root, standIn.library), "no library");

      await expect(readStandIn(standIn)).rejects.toMatchObject({
        code: "GPU_READ_FAILED",
        message: expect.stringMatching(/libnvidia-ml\.so\.1: .*(?:file too short|invalid ELF header)/),
      });
    });

    it.skipIf(findTool("nvidia-smi") !== undefined)(
      "a library that others than root could have changed is not loaded",
      async () => {
        await using standIn = await standInHost({ gpus: { [completeAddress]: completeGpu } });
        await chmod(join(standIn.root, standIn.library), 0o666);

        await expect(readStandIn(standIn)).rejects.toMatchObject({
          message: expect.stringContaining("others than root can change it"),
        });
        expect(standIn.readings()).toEqual([]);
      },
    );
  },
);

/** Until no process has the stand-in's path among its arguments. */
async function untilNoneRuns(root: string): Promise<void> {
  for (let waitedMs = 0; isNamedByAProcess(root); waitedMs += 20) {
    if (waitedMs > 15_000) throw new Error(`a child of ${root} still runs`);
    await systemClock.sleep(20, never);
  }
}

function isNamedByAProcess(root: string): boolean {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => argumentsOf(pid).includes(root));
}

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended meanwhile
  }
}
