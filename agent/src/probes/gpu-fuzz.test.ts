/** Whatever the files of a GPU hold, the probe tells what it can, within what a collector takes. */
import { toBinary } from "@bufbuild/protobuf";
import { SubjectSchema } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGpuProbe } from "./gpu.ts";
import { one, two, workingCard } from "./test-support/gpu-machine.ts";
import { addGpu, driverReading, gpuPath } from "./test-support/gpus.ts";
import { runOnce } from "./test-support/payload-view.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const amdFiles = [
  "gpu_busy_percent",
  "mem_info_vram_total",
  "mem_info_vram_used",
  "vbios_version",
  "unique_id",
  "pp_dpm_sclk",
  "hwmon/hwmon1/temp1_input",
  "hwmon/hwmon1/temp1_label",
  "hwmon/hwmon1/power1_average",
  "hwmon/hwmon1/freq1_input",
  "hwmon/hwmon1/pwm1",
];
const changeable = [
  ...amdFiles.map((name) => `${gpuPath(two)}/${name}`),
  ...[
    "uevent",
    "power_state",
    "power/runtime_status",
    "power/control",
    "power/runtime_active_time",
    "current_link_speed",
  ].flatMap((name) => [`${gpuPath(one)}/${name}`, `${gpuPath(two)}/${name}`]),
  ...["version", `gpus/${one}/information`, `gpus/${one}/power`].map((name) => `/proc/driver/nvidia/${name}`),
  "/usr/share/misc/pci.ids",
  "/proc/100/stat",
  "/proc/100/status",
  "/proc/100/cgroup",
  "/etc/passwd",
];
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom(
    "",
    "\n",
    "-1\n",
    "18446744073709551616\n",
    "1e309\n",
    "NaN\n",
    "N/A\n",
    "suspended\n",
    "error\n",
    "DRIVER=\nPCI_ID=:\n",
  ),
  fc
    .tuple(fc.constantFrom("DRIVER=", "PCI_ID=", "Model: ", "Device Minor: ", "0: "), fc.string({ maxLength: 300 }))
    .map((parts) => parts.join("")),
);

function machine(): TreeHost {
  const host = new TreeHost({
    "/proc/100/stat": "100 (x) S",
    "/proc/stat": "btime 1\n",
    "/usr/share/misc/pci.ids": "10de  NVIDIA\n",
  });
  addGpu(host, one, { drm: ["card0"] });
  addGpu(host, two, { pciId: "1002:73BF", driver: "amdgpu", files: Object.fromEntries(amdFiles.map((name) => [name, "1\n"])) });
  host.holders = [
    { pid: 100, path: "/dev/nvidia0" },
    { pid: 101, path: "/dev/dri/card0" },
  ];
  return host;
}

describe("the probe gpu", () => {
  it("survives any text in any of its files, and says nothing that is not a number where it says a number", async () => {
    const probe = createGpuProbe(undefined, async () => driverReading([workingCard]));
    const changes = fc.array(fc.tuple(fc.constantFrom(...changeable), anyText), { minLength: 1, maxLength: 5 });

    await fc.assert(
      fc.asyncProperty(changes, async (changed) => {
        const host = machine();
        for (const [path, text] of changed) host.entries.set(path, text);
        const payload = await runOnce(probe, host);

        expect(payload?.subjects.filter(({ kind }) => kind === "gpu").map(({ id }) => id)).toEqual([one, two]);
        for (const subject of payload?.subjects ?? []) expect(toBinary(SubjectSchema, subject).length).toBeLessThan(8_192);
        for (const { value } of payload?.samples ?? []) expect(value === undefined || Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
