/** What was recorded on real machines, held against what awk and a shell make of it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createLocalHost } from "../host/local-host.ts";
import type { Payload } from "../payload.ts";
import { system } from "./system.ts";
import { factsAt, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { unpackTar, unpackTtar } from "./test-support/recorded-trees.ts";
import { missingForRecordings, recordings, recordingsFolder } from "./test-support/recordings.ts";
import { TreeHost } from "./test-support/tree-host.ts";

const missing = missingForRecordings("tar");
const note = missing === undefined ? "" : ` (skipped: ${missing})`;

function awk(program: string, path: string): string {
  return execFileSync("awk", [program, path], { encoding: "utf8" }).trim();
}

function recorded(path: string): string {
  return readFileSync(join(recordingsFolder, path), "utf8");
}

async function examine(files: Readonly<Record<string, string>>): Promise<Payload> {
  return await runToPayload(system, new TreeHost(files));
}

describe.skipIf(missing !== undefined)(`os-release files of distributions${note}`, () => {
  const files = recordings("os-release", "");

  it("are there", () => expect(files.length).toBeGreaterThan(10));

  it.each(files)("$name is read as a shell reads it", async ({ path, text }) => {
    const script = '. "$0"; printf "%s\\n%s\\n%s\\n" "$ID" "$VERSION_ID" "$PRETTY_NAME"';
    const [id, versionId, prettyName] = execFileSync("sh", ["-c", script, path], { encoding: "utf8" }).split("\n");
    const base = {
      "/proc/sys/kernel/osrelease": "6\n",
      "/proc/sys/kernel/random/boot_id": `${"0".repeat(32)}\n`,
      "/proc/uptime": "1.00 1.00\n",
      "/proc/stat": "procs_running 1\nprocs_blocked 0\n",
    };

    const facts = factsAt(await examine({ ...base, "/etc/os-release": text }), "operating_system");

    expect(facts).toMatchObject({ id, prettyName, ...(versionId === "" ? {} : { versionId }) });
    if (versionId === "") expect(facts).not.toHaveProperty("versionId");
  });
});

describe.skipIf(missing !== undefined)(`recorded files of /proc${note}`, () => {
  it.each(["node_exporter__proc_meminfo", "jc__meminfo", "nix_stat__meminfo-asahi-16k"])("%s is read as by awk", async (name) => {
    const path = join(recordingsFolder, `proc/${name}.txt`);
    const bytes = (field: string): number => Number(awk(`$1 == "${field}:" { printf "%.0f", $2 * 1024 }`, path) || Number.NaN);

    const payload = await examine({ "/proc/meminfo": recorded(`proc/${name}.txt`) });

    expect(factsAt(payload, "memory")).toEqual({
      totalBytes: String(bytes("MemTotal")),
      swapTotalBytes: String(bytes("SwapTotal")),
    });
    expect(samplesAt(payload, "memory")).toEqual({
      available_bytes: awk("/^MemAvailable/", path) === "" ? undefined : bytes("MemAvailable"),
      free_bytes: bytes("MemFree"),
      buffers_bytes: bytes("Buffers"),
      cached_bytes: bytes("Cached"),
      dirty_bytes: bytes("Dirty"),
      swap_free_bytes: bytes("SwapFree"),
      out_of_memory_kills_total: undefined,
    });
  });

  it.each(["node_exporter__proc", "jc_"])("%s: processors, load and times are read as by awk", async (prefix) => {
    const file = (name: string): string => `proc/${prefix}_${name}.txt`;
    const stat = join(recordingsFolder, file("stat"));
    const load = join(recordingsFolder, file("loadavg"));
    const cpuinfo = join(recordingsFolder, file("cpuinfo"));

    const payload = await examine({
      "/proc/stat": recorded(file("stat")),
      "/proc/loadavg": recorded(file("loadavg")),
      "/proc/cpuinfo": recorded(file("cpuinfo")),
    });

    expect(factsAt(payload, "cpu")).toEqual({
      modelName: awk('/^model name/ { sub(/^[^:]*: /, ""); print; exit }', cpuinfo),
      logicalCount: Number(awk("/^processor/ { n++ } END { print n }", cpuinfo)),
      coreCount: Number(awk('/^physical id/ { p = $4 } /^core id/ { c[p "/" $4] } END { for (k in c) n++; print n }', cpuinfo)),
    });
    expect(samplesAt(payload, "cpu")).toEqual({
      load_average_1m: Number(awk("{ print $1 }", load)),
      load_average_5m: Number(awk("{ print $2 }", load)),
      load_average_15m: Number(awk("{ print $3 }", load)),
      ...Object.fromEntries(
        ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"].map((name, index) => [
          `${name}_seconds_total`,
          Number(awk(`$1 == "cpu" { printf "%.2f", $${index + 2} / 100 }`, stat)),
        ]),
      ),
      context_switches_total: Number(awk('$1 == "ctxt" { print $2 }', stat)),
    });
  });

  it.each(["cpu", "io"])("pressure of %s is read as by awk", async (resource) => {
    const path = join(recordingsFolder, `proc/node_exporter__proc_pressure_${resource}.txt`);
    const field = (line: string, name: string): number =>
      Number(awk(`$1 == "${line}" { for (i = 2; i <= NF; i++) { split($i, f, "="); if (f[1] == "${name}") print f[2] } }`, path));

    const payload = await examine({ [`/proc/pressure/${resource}`]: readFileSync(path, "utf8") });

    for (const line of ["some", "full"]) {
      expect(samplesAt(payload, "pressure", resource)).toMatchObject({
        [`${line}_avg10_percent`]: field(line, "avg10"),
        [`${line}_avg60_percent`]: field(line, "avg60"),
        [`${line}_avg300_percent`]: field(line, "avg300"),
        [`${line}_seconds_total`]: field(line, "total") / 1e6,
      });
    }
  });

  it.each([
    ["sbc-bench__cpuinfo_BCM2712-6.1.47", "Cortex-A76"],
    ["sbc-bench__cpuinfo_BCM2711-5.15.14-200.fc35.aarch64", "Cortex-A72"],
    ["sbc-bench__cpuinfo_BCM2836_BCM2709-5.10.63-v7+", "Cortex-A7"],
  ])("%s names four %s", async (name, modelName) => {
    const files = { "/proc/cpuinfo": recorded(`pi/${name}.txt`), "/sys/devices/system/cpu/smt/active": "0\n" };
    const rest = { "/proc/stat": recorded("proc/jc__stat.txt"), "/proc/loadavg": recorded("proc/jc__loadavg.txt") };

    expect(factsAt(await examine({ ...files, ...rest }), "cpu")).toEqual({ modelName, logicalCount: 4, coreCount: 4 });
  });
});

describe.skipIf(missing !== undefined)(`recorded machines${note}`, () => {
  const cases = [
    {
      archive: "sys/hwloc__20em64t-hybrid-1p6c2t+2ca4co1t.tar.bz2",
      inside: "20em64t-hybrid-1p6c2t+2ca4co1t",
      cpu: {
        modelName: "13th Gen Intel(R) Core(TM) i7-1370P",
        logicalCount: 20,
        coreCount: 14,
        maximumFrequencyHertz: "5200000000",
      },
      board: {
        vendor: "HP",
        productName: "HP EliteBook 840 14 inch G10 Notebook PC",
        boardName: "8B41",
        firmwareVersion: "V70 Ver. 01.02.03",
      },
    },
    {
      archive: "sys/hwloc__nvidia-dgx-gb10.tar.bz2",
      inside: "nvidia-dgx-gb10",
      cpu: { modelName: "Cortex-A725 + Cortex-X925", logicalCount: 20, coreCount: 20 },
      board: { vendor: "NVIDIA", productName: "NVIDIA_DGX_Spark", boardName: "P4242", firmwareDate: "08/06/2025" },
    },
    {
      archive: "sys/util-linux__lscpu-x86_64-64cpu-linux6.2.tar.gz",
      inside: "x86_64-64cpu-linux6.2",
      cpu: { logicalCount: 8, coreCount: 4 },
      board: "absent",
    },
    {
      archive: "sys/util-linux__lscpu-armv7.tar.gz",
      inside: "armv7",
      cpu: { modelName: "Cortex-A15", logicalCount: 2 },
      board: "absent",
    },
  ];

  it.each(cases)("$inside", async ({ archive, inside, cpu, board }) => {
    using tree = unpackTar(archive, inside);
    const frequencies = execFileSync(
      "sh",
      ["-c", 'cat "$0"/sys/devices/system/cpu/cpufreq/policy*/cpuinfo_max_freq 2>/dev/null | sort -n | tail -1', tree.root],
      { encoding: "utf8" },
    ).trim();
    const host = createLocalHost({ root: tree.root, clock: systemClock });
    const stat = { "/proc/stat": recorded("proc/jc__stat.txt"), "/proc/loadavg": recorded("proc/jc__loadavg.txt") };
    const withStat = {
      ...host,
      readText: async (path: string) =>
        path === "/proc/stat" || path === "/proc/loadavg" ? stat[path] : await host.readText(path),
    };

    const payload = await runToPayload(system, withStat);

    expect(factsAt(payload, "cpu")).toMatchObject(cpu);
    if (frequencies !== "") expect(factsAt(payload, "cpu")).toMatchObject({ maximumFrequencyHertz: `${frequencies}000` });
    if (typeof board === "string") expect(factsAt(payload, "board")).toBe(board);
    else expect(factsAt(payload, "board")).toMatchObject(board);
  });

  it("a laptop's battery, in its own unit", async () => {
    using tree = unpackTtar({ "sys/node_exporter__sys.ttar": "." });

    const payload = await runToPayload(system, createLocalHost({ root: tree.root, clock: systemClock }));

    expect(factsAt(payload, "battery")).toEqual({
      isCharging: false,
      isOnMains: false,
      designedCapacity: 47520,
      maximumCapacity: 45070,
      capacityUnit: "mWh",
    });
    expect(samplesAt(payload, "battery")).toEqual({ charge_percent: 81 });
    expect(factsAt(payload, "board")).toMatchObject({ vendor: expect.any(String) });
  });
});
