/**
 * Recorded GPUs: every tree of sysfs is read as a machine and held against what grep finds in its files; every listing of lspci is laid out as a
 * bus. What other tools printed is no source of ours: it must be accounted for, and do no harm where a file of the kernel is expected.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AppError, systemClock } from "@nodekeeper/shared";
import { afterAll, describe, expect, it } from "vitest";
import { createLocalHost } from "../host/local-host.ts";
import type { Payload } from "../payload.ts";
import { createGpuProbe } from "./gpu.ts";
import { one } from "./test-support/gpu-machine.ts";
import { addGpu } from "./test-support/gpus.ts";
import { factsAt, runOnce, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { type UnpackedTree, unpackTar } from "./test-support/recorded-trees.ts";
import { missingForRecordings, recordingsFolder } from "./test-support/recordings.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const missing = missingForRecordings("tar", "grep");
const note = missing === undefined ? "" : ` (skipped: ${missing})`;
const probe = createGpuProbe(undefined, async () => {
  throw new AppError("GPU_DRIVER_MISSING", "a tree of files has no driver");
});

let checked = 0;

afterAll(() => {
  process.stdout.write(`recorded GPUs: ${checked} facts held against grep\n`);
});

function namesIn(folder: string, form: RegExp): readonly string[] {
  const place = join(recordingsFolder, folder);
  return existsSync(place) ? readdirSync(place).filter((name) => form.test(name)) : [];
}

interface RecordedGpu {
  readonly address: string;
  readonly payload: Payload;
  /** Lines "relative/path:text" of all its files, as grep gives them. */
  readonly lines: readonly string[];
}

/** A recording is a folder /sys/class/drm/cardN with its `device`; the machine has that at the device's address. */
async function readTree(path: string): Promise<RecordedGpu> {
  using tree: UnpackedTree = unpackTar(path);
  const files = execFileSync("grep", ["-rlE", "^PCI_SLOT_NAME=", tree.root], { encoding: "utf8" }).trim().split("\n");
  const device = dirname(files.find((file) => /card\d+\/device\/uevent$/.test(file)) ?? "");
  cutPadding(device);
  const uevent = readFileSync(join(device, "uevent"), "utf8");
  const address = /^PCI_SLOT_NAME=(.*)$/m.exec(uevent)?.[1] ?? "";
  const card = dirname(device);
  const found = execFileSync("grep", ["-rsIH", "", card], { encoding: "utf8", maxBuffer: 1 << 26 });
  const place = join(tree.root, "sys/devices/pci0000:00/0000:00:01.0", address);
  mkdirSync(dirname(place), { recursive: true });
  mkdirSync(join(tree.root, "sys/bus/pci/devices"), { recursive: true });
  mkdirSync(join(tree.root, "proc"));
  writeFileSync(join(tree.root, "proc/uptime"), "1000.00 1000.00\n");
  renameSync(device, place);
  cpSync(card, join(place, "drm/card0"), { recursive: true });
  writeFileSync(join(place, "class"), `0x0${/^PCI_CLASS=(.*)$/m.exec(uevent)?.[1]}\n`);
  symlinkSync(`../../../devices/pci0000:00/0000:00:01.0/${address}`, join(tree.root, "sys/bus/pci/devices", address));
  const payload = await runToPayload(probe, createLocalHost({ root: tree.root, clock: systemClock }));
  const lines = found.split("\n").map((line) => line.slice(card.length + 1).replace(/^device\//, ""));
  return { address, payload, lines };
}

/** One recording was copied with a page for each file: the kernel gives no NULs behind a text. */
function cutPadding(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const place = join(folder, name);
    if (!lstatSync(place).isFile() || lstatSync(place).size !== 4096) continue;
    writeFileSync(place, readFileSync(place, "latin1").replace(/\0+$/, ""), "latin1");
  }
}

/** The number in a file, found by what its path ends with. */
function numberIn(lines: readonly string[], ending: string): number | undefined {
  const line = lines.find((each) => new RegExp(`^(?:hwmon/hwmon\\d+/)?${ending}:-?\\d+$`).test(each));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(":") + 1));
}

/** The same of a channel of the monitoring chip, found by its label. */
function labelled(lines: readonly string[], kind: string, label: string, what: string): number | undefined {
  const channel = lines
    .map((line) => new RegExp(`/(${kind}\\d+)_label:${label}$`).exec(line)?.[1])
    .find((found) => found !== undefined);
  return channel === undefined ? undefined : numberIn(lines, `${channel}_${what}`);
}

function divided(value: number | undefined, by: number): number | undefined {
  return value === undefined || value === 0 ? undefined : value / by;
}

/** Counts what was compared, so that a comparison of nothing with nothing is seen. */
function compare(found: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(expected)) {
    expect(found[name], name).toBe(value);
    if (value !== undefined) checked++;
  }
}

function factsOf(payload: Payload, kind: string, id: string): Readonly<Record<string, unknown>> {
  // The facts of a subject that was read are an object; a failed one would be a text, which has none of the fields.
  return factsAt(payload, kind, id) as Readonly<Record<string, unknown>>;
}

describe.skipIf(missing !== undefined)(`feature 24: GPUs of AMD and Intel${note}`, () => {
  it.each(namesIn("gpu-amd", /^lact__/))("reads AMD's as recorded in %s", async (name) => {
    const { address, payload, lines } = await readTree(`gpu-amd/${name}`);
    const has = (file: string): number | undefined => numberIn(lines, file);
    const [total, used] = [has("mem_info_vram_total"), has("mem_info_vram_used")];
    const power = has("power1_average") ?? has("power1_input");
    const pwm = has("pwm1");

    expect(factsOf(payload, "gpu", address)).toMatchObject({ vendor: "amd", power: "GPU_POWER_AWAKE" });
    compare(factsOf(payload, "gpu", address), {
      isIntegrated: name.includes("hd7870") ? undefined : name.includes("phoenix"),
      pciId: lines
        .find((line) => line.startsWith("uevent:PCI_ID="))
        ?.slice("uevent:PCI_ID=".length)
        .toLowerCase(),
      driver: lines.find((line) => line.startsWith("uevent:DRIVER="))?.slice("uevent:DRIVER=".length),
    });
    compare(factsOf(payload, "gpu_status", address), {
      memoryTotalBytes: total?.toString(),
      sharedMemoryTotalBytes: has("mem_info_gtt_total")?.toString(),
      powerLimitWatts: divided(has("power1_cap"), 1e6),
      defaultPowerLimitWatts: divided(has("power1_cap_default"), 1e6),
      vbiosVersion: lines.find((line) => line.startsWith("vbios_version:"))?.slice("vbios_version:".length),
      slowdownCelsius: divided(has("temp1_crit"), 1000),
      source: "sysfs",
    });
    compare(samplesAt(payload, "gpu_status", address), {
      memory_used_bytes: used,
      memory_free_bytes: total === undefined || used === undefined ? undefined : total - used,
      shared_memory_used_bytes: has("mem_info_gtt_used"),
      utilization_percent: has("gpu_busy_percent"),
      temperature_celsius: divided(labelled(lines, "temp", "edge", "input") ?? has("temp1_input"), 1000),
      hotspot_temperature_celsius: divided(labelled(lines, "temp", "junction", "input"), 1000),
      memory_temperature_celsius: divided(labelled(lines, "temp", "mem", "input"), 1000),
      power_watts: power === undefined ? undefined : power / 1e6,
      graphics_clock_hertz: labelled(lines, "freq", "sclk", "input") ?? has("freq1_input"),
      memory_clock_hertz: labelled(lines, "freq", "mclk", "input"),
      fan_rpm: has("fan1_input"),
      fan_percent: pwm === undefined ? undefined : Math.round((pwm / 255) * 100),
      pcie_replays_total: has("pcie_replay_count"),
    });
  });

  it.each(namesIn("gpu-intel", /^lact__/))("reads Intel's as recorded in %s", async (name) => {
    const { address, payload, lines } = await readTree(`gpu-intel/${name}`);
    const has = (file: string): number | undefined => numberIn(lines, file);
    const of = (kind: string, label: string): number | undefined => labelled(lines, kind, label, "input");
    const megahertz = has("tile0/gt0/freq0/act_freq") ?? has("gt_act_freq_mhz");
    const maximum = has("tile0/gt0/freq0/rp0_freq") ?? has("gt_RP0_freq_mhz");

    compare(factsOf(payload, "gpu", address), { vendor: "intel", isIntegrated: name.includes("tigerlake") });
    compare(factsOf(payload, "gpu_status", address), {
      maximumGraphicsClockHertz: maximum === undefined ? undefined : `${maximum}000000`,
      powerLimitWatts: divided(has("power1_cap") ?? has("power1_max"), 1e6),
    });
    compare(samplesAt(payload, "gpu_status", address), {
      graphics_clock_hertz: megahertz === undefined ? undefined : megahertz * 1e6,
      energy_joules_total: divided(of("energy", "card") ?? of("energy", "pkg") ?? has("energy1_input"), 1e6),
      temperature_celsius: divided(of("temp", "pkg") ?? has("temp1_input"), 1000),
      memory_temperature_celsius: divided(of("temp", "vram"), 1000),
      fan_rpm: has("fan1_input"),
      power_watts: undefined,
    });
  });

  it.each(namesIn("gpu-nvidia", /^lact__/))("shows what sysfs alone tells of NVIDIA's, as recorded in %s", async (name) => {
    const { address, payload, lines } = await readTree(`gpu-nvidia/${name}`);

    compare(factsOf(payload, "gpu", address), { vendor: "nvidia", driver: "nvidia", isIntegrated: false });
    expect(factsOf(payload, "gpu", address)["pcieLink"]).toMatchObject({
      gigatransfersPerSecond: Number.parseFloat(lines.find((line) => line.startsWith("current_link_speed:"))?.slice(19) ?? ""),
      laneCount: numberIn(lines, "current_link_width"),
    });
    expect(factsAt(payload, "gpu_status", address)).toMatch(/^GPU_DRIVER_MISSING: /);
  });

  it("accounts for every recording: a tree that is read, or what a tool printed that we do not run", () => {
    const others = ["gpu-amd", "gpu-intel"].flatMap((folder) =>
      namesIn(folder, /^(?!lact__)/).map((name) => `${folder}/${name}`),
    );
    const unaccounted = others.filter((path) => !printedByTools.some(({ form }) => form.test(path)));

    expect(unaccounted).toEqual([]);
    expect(namesIn("gpu-amd", /^lact__/).length + namesIn("gpu-intel", /^lact__/).length).toBeGreaterThanOrEqual(16);
  });

  it("takes nothing that a tool printed for a value of the kernel", async () => {
    const paths = ["gpu-amd", "gpu-intel"].flatMap((folder) => namesIn(folder, /^(?!lact__)/).map((name) => join(folder, name)));
    for (const path of paths) {
      const text = readFileSync(join(recordingsFolder, path), "utf8");
      const host = new TreeHost();
      const names = ["gpu_busy_percent", "mem_info_vram_total", "mem_info_vram_used", "hwmon/hwmon0/temp1_input", "pp_dpm_sclk"];
      addGpu(host, one, { pciId: "1002:73BF", driver: "amdgpu", files: Object.fromEntries(names.map((name) => [name, text])) });
      const payload = await runToPayload(probe, host);

      expect(factsAt(payload, "gpu_status", one)).toEqual({ source: "sysfs" });
      expect(Object.values(samplesAt(payload, "gpu_status", one)).filter((value) => value !== undefined)).toEqual([]);
    }
  });
});

/** What is recorded of other tools, and why none of it is read. */
const printedByTools = [
  {
    form: /rocm[-_]?smi|telegraf__|beszel-414/,
    why: "rocm-smi is deprecated and renames its keys; amdgpu's sysfs says the same",
  },
  { form: /amd-smi/, why: "amd-smi comes with ROCm only; amdgpu's sysfs says the same" },
  { form: /amdgpu_top/, why: "reads the same files of sysfs" },
  { form: /podman-info/, why: "tells which devices a container runtime knows, not how a GPU is" },
  { form: /igt|i3status-rust/, why: "intel_gpu_top needs performance counters; the first of its numbers is a spike" },
];

describe.skipIf(missing !== undefined)(`listings of a PCI bus${note}`, () => {
  it.each([
    ["gpu-nvidia/gpud__lspci.nn.a10.txt", ["nvidia", "virtual"]],
    ["sys/jc__ubuntu-20.10_lspci-nnmmv.txt", ["virtual"]],
    ["pi/issue__rpi-linux-6821-lspci-knn-pi5-asm1806.txt", []],
  ])("finds the GPUs in %s and nothing else", async (path, vendors) => {
    const text = readFileSync(join(recordingsFolder, path), "utf8");
    const host = new TreeHost();
    for (const { address, pciClass, pciId } of devicesIn(text)) addGpu(host, address, { pciClass, pciId, driver: "" });
    const payload = await runOnce(probe, host);
    const found = (payload?.subjects ?? []).flatMap(({ value }) => (value.case === "gpu" ? [value.value.vendor] : []));

    expect(devicesIn(text).length).toBeGreaterThan(2);
    expect(found.sort()).toEqual(vendors);
  });
});

interface ListedDevice {
  readonly address: string;
  readonly pciClass: string;
  readonly pciId: string;
}

/** Of both forms of lspci: a line for each device, or a paragraph. */
function devicesIn(text: string): readonly ListedDevice[] {
  const lines = [
    ...text.matchAll(/^((?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.\d) .*?\[([0-9a-f]{4})\]: .*\[([0-9a-f]{4}:[0-9a-f]{4})\]/gm),
  ];
  const paragraphs = text.matchAll(
    /^Slot:\s+(\S+)\nClass:.*\[([0-9a-f]{4})\]\nVendor:.*\[([0-9a-f]{4})\]\nDevice:.*\[([0-9a-f]{4})\]/gm,
  );
  return [
    ...lines.map(([, slot = "", pciClass = "", pciId = ""]) => ({ slot, pciClass, pciId })),
    ...[...paragraphs].map(([, slot = "", pciClass = "", vendor, device]) => ({ slot, pciClass, pciId: `${vendor}:${device}` })),
  ].map(({ slot, pciClass, pciId }) => ({
    address: slot.length === 7 ? `0000:${slot}` : slot,
    pciClass: `${pciClass}00`,
    pciId: pciId.toUpperCase(),
  }));
}
