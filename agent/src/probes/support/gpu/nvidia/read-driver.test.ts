import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { CommandResult } from "../../../../host/host.ts";
import { TreeHost } from "../../../test-support/tree-host.ts";
import { driverTimeoutMs, readNvidiaDriver } from "./read-driver.ts";

const never = new AbortController().signal;
const address = "0000:01:00.0";
const fedora = "/usr/lib64/libnvidia-ml.so.1";
const arch = "/usr/lib/libnvidia-ml.so.1";
const reading = { source: "nvml", gpus: [{ pciAddress: address, uuid: "GPU-1", processes: [] }] };

function ended(exitCode: number, stdout: string, stderr = ""): CommandResult {
  return { exitCode, stdout, stderr };
}

/** A host in the first pid namespace, with libraries. */
function hostWith(...libraries: readonly string[]): TreeHost {
  return new TreeHost({
    "/proc/self/status": "Name:\tnode\nNSpid:\t812\n",
    "/proc/2/stat": "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0\n",
    ...Object.fromEntries(libraries.map((path) => [path, "\x7fELF"])),
  });
}

describe("readNvidiaDriver", () => {
  it("asks the library that is there about the GPUs that are awake, and about no others", async () => {
    const host = hostWith(fedora);
    host.programs.set("nvml", async () => ended(0, JSON.stringify(reading)));

    const found = await readNvidiaDriver(host, never, [address, "0000:02:00.0"]);

    expect(found).toEqual({ ...reading, seesAllProcesses: true });
    expect(host.calls).toEqual([`nvml --gpus ${address},0000:02:00.0 ${fedora}`]);
  });

  it("tries the next library where one cannot be loaded, then nvidia-smi", async () => {
    const host = hostWith(fedora, arch);
    host.programs.set("nvml", async () => ended(3, "", "wrong ELF class: ELFCLASS32\n"));
    host.programs.set("nvidia-smi", async () =>
      ended(0, `<nvidia_smi_log><gpu id="00000000:01:00.0"><uuid>GPU-2</uuid></gpu></nvidia_smi_log>`),
    );

    const { source, gpus } = await readNvidiaDriver(host, never, [address]);

    expect({ source, uuid: gpus[0]?.uuid }).toEqual({ source: "nvidia-smi", uuid: "GPU-2" });
    expect(host.calls).toEqual([
      `nvml --gpus ${address} ${fedora}`,
      `nvml --gpus ${address} ${arch}`,
      `nvidia-smi -q -x -i ${address}`,
    ]);
  });

  it("says what is missing and what to install where the host has nothing of NVIDIA's", async () => {
    await expect(readNvidiaDriver(hostWith(), never, [address])).rejects.toMatchObject({
      code: "GPU_DRIVER_MISSING",
      message: expect.stringMatching(/neither its library .* nor nvidia-smi .*install NVIDIA's driver/),
    });
  });

  it("says why each library could not be loaded where there is no nvidia-smi", async () => {
    const host = hostWith(fedora);
    host.programs.set("nvml", async () => ended(3, "", "Failed to load shared library: wrong ELF class\n"));

    await expect(readNvidiaDriver(host, never, [address])).rejects.toMatchObject({
      code: "GPU_READ_FAILED",
      message: `cannot ask NVIDIA's driver: ${fedora}: Failed to load shared library: wrong ELF class; and nvidia-smi is not installed`,
    });
  });

  it("says in a line why the child itself could not start, or crashed", async () => {
    const stack =
      "node:internal/modules/cjs/loader:1479\n  throw err;\n  ^\n\nError: Cannot find module 'koffi'\n    at x\n\nNode.js v24\n";
    const host = hostWith(fedora, arch);
    host.programs.set("nvml", async (args) => {
      if (args.at(-1) === arch) throw new AppError("HOST_COMMAND_FAILED", "cannot run nvml: it was ended by SIGSEGV");
      return ended(1, "", stack);
    });

    await expect(readNvidiaDriver(host, never, [address])).rejects.toMatchObject({
      code: "GPU_READ_FAILED",
      message: expect.stringContaining(
        `${fedora}: Error: Cannot find module 'koffi'; cannot run nvml: it was ended by SIGSEGV; and`,
      ),
    });
  });

  it.each(["HOST_COMMAND_TIMEOUT", "HOST_QUARANTINED"] as const)("does not ask a second way what hung: %s", async (code) => {
    const host = hostWith(fedora, arch);
    host.programs.set("nvml", async (_args, { timeoutMs }) => {
      expect(timeoutMs).toBe(driverTimeoutMs);
      throw new AppError(code, "no answer");
    });

    await expect(readNvidiaDriver(host, never, [address])).rejects.toMatchObject({ code });
    expect(host.calls).toHaveLength(1);
  });

  it.each(["", "{", "[]", '{"source":"nvml"}', '{"source":"nvml","gpus":[{}]}'])("refuses the answer %j", async (stdout) => {
    const host = hostWith(fedora);
    host.programs.set("nvml", async () => ended(0, stdout));

    await expect(readNvidiaDriver(host, never, [address])).rejects.toMatchObject({ code: "HOST_ANSWER_MALFORMED" });
  });
});
