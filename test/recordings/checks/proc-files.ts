/** Single files of /proc and /etc, given to the probe that reads them, against awk and a shell. */
import { execFileSync } from "node:child_process";
import { expect } from "vitest";
import type { Payload } from "../../../agent/src/payload.ts";
import { parseMountinfo } from "../../../agent/src/probes/support/mounts/mountinfo.ts";
import { system } from "../../../agent/src/probes/system.ts";
import { factsAt, runToPayload, samplesAt } from "../../../agent/src/probes/test-support/payload-view.ts";
import { extractByJq } from "../../../agent/src/probes/test-support/recordings.ts";
import { TreeHost } from "../../../agent/src/probes/test-support/tree-host.ts";
import { expectAccepted } from "../expect-accepted.ts";
import { type IndexEntry, textOf } from "../recording-index.ts";
import { type Check, checked, noInput, type Verdict, witness } from "../verdict.ts";

/** A file of /proc, by its name. */
export const procFile: Check = async (entry) => {
  const name = /__(?:proc_)?(?:1_)?(.*?)(?:-[a-z0-9-]+)?\.txt$/.exec(entry.file)?.[1] ?? "";
  const check = byName.get(name);
  if (check === undefined) throw new Error(`no check for the file ${name} of /proc`);
  return await check(entry);
};

/** mountinfo: every line, by awk. */
export const mountinfo: Check = (entry) => {
  const { mounts, malformed } = parseMountinfo(textOf(entry));
  const program = `{ for (i = 7; $i != "-"; i++); printf "%s\\t%s\\t%s\\t%s\\n", $3, $5, $(i + 1), $(i + 2) }`;
  const lines = awk(program, entry).split("\n");

  expect(malformed).toBeUndefined();
  const unescaped = (text: string): string =>
    text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  expect(mounts.map(({ dev, mountPoint, type, source }) => [dev, mountPoint, type, source])).toEqual(
    lines.map((line) => line.split("\t").map(unescaped)),
  );
  return checked;
};

/** findmnt's view of a mountinfo that was recorded with it. */
export const findmntOf = (mountinfoFile: IndexEntry): Check => {
  return ({ path }) => {
    const [expected] = extractByJq("[.. | objects | select(.target) | [.target, .fstype]]", [path]);
    const { mounts } = parseMountinfo(textOf(mountinfoFile));
    expect(mounts.map(({ mountPoint, type }) => [mountPoint, type]).sort()).toEqual((expected as string[][]).sort());
    return witness;
  };
};

/** os-release, as a shell reads it. */
export const osRelease: Check = async (entry) => {
  const script = '. "$0"; printf "%s\\n%s\\n%s\\n" "$ID" "$VERSION_ID" "$PRETTY_NAME"';
  const [id = "", versionId = "", prettyName = ""] = execFileSync("sh", ["-c", script, entry.path], { encoding: "utf8" }).split(
    "\n",
  );
  const payload = await examine({ "/etc/os-release": textOf(entry) });

  const facts = factsAt(payload, "operating_system");
  expect(facts).toMatchObject({ id, prettyName, ...(versionId === "" ? {} : { versionId }) });
  return checked;
};

/** cpuinfo of x86 (with cores) and of ARM (with numbers for names). */
export const cpuinfo: Check = async (entry) => {
  const payload = await examine({
    "/proc/cpuinfo": textOf(entry),
    "/proc/loadavg": "0 0 0 1/1 1\n",
    "/proc/stat": `cpu  1 1 1 1 1 1 1 1\nctxt 1\n${plain["/proc/stat"]}`,
  });
  const model = awk('/^model name/ { sub(/^[^:]*: /, ""); print; exit }', entry);
  const parts = awk("/^CPU part/ { print $4 }", entry);

  expect(factsAt(payload, "cpu")).toMatchObject({
    logicalCount: Number(awk("/^processor/ { n++ } END { print n }", entry)),
    modelName: parts === "" ? model : expect.stringMatching(/^(?:Cortex|Neoverse|ARM)/),
  });
  return checked;
};

const plain: Readonly<Record<string, string>> = {
  "/proc/sys/kernel/osrelease": "6\n",
  "/proc/sys/kernel/random/boot_id": `${"0".repeat(32)}\n`,
  "/proc/uptime": "1.00 1.00\n",
  "/proc/stat": "procs_running 1\nprocs_blocked 0\n",
};

const byName: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["cpuinfo", cpuinfo],
  ["mountinfo", mountinfo],
  ["meminfo", meminfo],
  ["stat", stat],
  ["loadavg", loadavg],
  ["uptime", uptime],
  ["vmstat", vmstat],
  ["pressure_cpu", (entry) => pressure("cpu", entry)],
  ["pressure_io", (entry) => pressure("io", entry)],
  ["partitions", () => noInput("only the names of devices with a size are looked up there; sizes come from /sys/block")],
  ["diskstats", () => noInput("the same counters are read from /sys/block/*/stat")],
  ["mdstat", () => noInput("the state of RAID arrays is read from /sys/block/md*/md")],
  ["swaps", () => noInput("the size of swap is read from /proc/meminfo")],
  ["version", () => noInput("the release is read from /proc/sys/kernel/osrelease")],
  ["interrupts_aarch64", () => noInput("no probe counts interrupts")],
]);

async function meminfo(entry: IndexEntry): Promise<Verdict> {
  const payload = await examine({ "/proc/meminfo": textOf(entry) });
  const bytes = (name: string): number | undefined => {
    const kilobytes = awk(`$1 == "${name}:" { print $2 }`, entry);
    return kilobytes === "" ? undefined : Number(kilobytes) * 1024;
  };
  expect(factsAt(payload, "memory")).toEqual({
    totalBytes: String(bytes("MemTotal")),
    swapTotalBytes: String(bytes("SwapTotal")),
  });
  expect(samplesAt(payload, "memory")).toMatchObject({
    available_bytes: bytes("MemAvailable"),
    free_bytes: bytes("MemFree"),
    cached_bytes: bytes("Cached"),
    swap_free_bytes: bytes("SwapFree"),
  });
  return checked;
}

async function stat(entry: IndexEntry): Promise<Verdict> {
  const payload = await examine({
    "/proc/stat": textOf(entry),
    "/proc/cpuinfo": "processor\t: 0\n",
    "/proc/loadavg": "0 0 0 1/1 1\n",
  });
  expect(samplesAt(payload, "cpu")).toMatchObject({
    user_seconds_total: Number(awk('$1 == "cpu" { print $2 / 100 }', entry)),
    idle_seconds_total: Number(awk('$1 == "cpu" { printf "%.2f", $5 / 100 }', entry)),
    context_switches_total: Number(awk('$1 == "ctxt" { print $2 }', entry)),
  });
  expect(samplesAt(payload, "operating_system")).toMatchObject({
    processes_running: Number(awk('$1 == "procs_running" { print $2 }', entry)),
  });
  return checked;
}

async function loadavg(entry: IndexEntry): Promise<Verdict> {
  const payload = await examine({ "/proc/loadavg": textOf(entry), "/proc/cpuinfo": "processor\t: 0\n", "/proc/stat": fullStat });
  expect(samplesAt(payload, "cpu")).toMatchObject({
    load_average_1m: Number(awk("{ print $1 }", entry)),
    load_average_15m: Number(awk("{ print $3 }", entry)),
  });
  return checked;
}

async function uptime(entry: IndexEntry): Promise<Verdict> {
  const payload = await examine({ "/proc/uptime": textOf(entry) });
  expect(samplesAt(payload, "operating_system")).toMatchObject({ uptime_seconds: Number(awk("{ print $1 }", entry)) });
  return checked;
}

async function vmstat(entry: IndexEntry): Promise<Verdict> {
  const payload = await examine({ "/proc/vmstat": textOf(entry), "/proc/meminfo": "MemTotal: 1 kB\n" });
  const kills = awk('$1 == "oom_kill" { print $2 }', entry);
  expect(samplesAt(payload, "memory")["out_of_memory_kills_total"]).toBe(kills === "" ? undefined : Number(kills));
  return checked;
}

async function pressure(resource: string, entry: IndexEntry): Promise<Verdict> {
  const payload = await examine({ [`/proc/pressure/${resource}`]: textOf(entry) });
  const field = (line: string, at: number): number => Number(awk(`$1 == "${line}" { split($${at}, f, "="); print f[2] }`, entry));
  expect(samplesAt(payload, "pressure", resource)).toMatchObject({
    some_avg10_percent: field("some", 2),
    full_avg300_percent: field("full", 4),
    some_seconds_total: field("some", 5) / 1e6,
  });
  return checked;
}

const fullStat = "cpu  1 1 1 1 1 1 1 1\nctxt 1\nprocs_running 1\nprocs_blocked 0\n";

async function examine(files: Readonly<Record<string, string>>): Promise<Payload> {
  const payload = await runToPayload(system, new TreeHost({ ...plain, ...files }));
  expectAccepted(payload);
  return payload;
}

function awk(program: string, { path }: IndexEntry): string {
  return execFileSync("awk", [program, path], { encoding: "utf8" }).trim();
}
