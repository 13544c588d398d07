/**
 * This machine, recorded and replayed: by whoever runs the tests, and by a user without rights where root runs them. What the report must say
 * is taken from the recorded files by awk, jq and a shell.
 */
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHost, probes } from "../../agent/src/doctor.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { type HostReport, reportOf, sampleIn, valueIn } from "../support/report.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Recorded {
  readonly root: string;
  /** What the probes said on the machine itself. */
  readonly live: HostReport;
}

const nobody = 65_534;
const program = join(import.meta.dirname, "../support/record-host.ts");
const cli = join(import.meta.dirname, "../../packages/cli/src/main.ts");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

function record(name: string, uid?: number): Recorded {
  const place = join(folder.path, name);
  mkdirSync(place);
  if (uid !== undefined) {
    chownSync(place, uid, uid);
    chownSync(folder.path, uid, uid);
  }
  const options = { encoding: "utf8" as const, ...(uid !== undefined && { uid, gid: uid }) };
  const printed = execFileSync(process.execPath, [program, join(place, "host")], options);
  return { root: join(place, "host"), live: JSON.parse(printed) };
}

/** Why this machine cannot be recorded by a user without rights; undefined where it can. */
function whyNotByNobody(): string | undefined {
  if (process.getuid?.() !== 0) return "only root can become another user";
  try {
    execFileSync(process.execPath, ["--check", program], { uid: nobody, gid: nobody, stdio: "ignore" });
    return undefined;
  } catch {
    return "the user nobody may not read this checkout";
  }
}

async function replay({ root }: Recorded): Promise<HostReport> {
  return await reportOf(await openHost(root, systemClock));
}

/** What a shell says, standing in the root of the tree. */
function shell(root: string, script: string): string {
  return execFileSync("sh", ["-c", script], { cwd: root, encoding: "utf8" }).trim();
}

function lines(root: string, script: string): readonly string[] {
  return shell(root, script)
    .split("\n")
    .filter((line) => line !== "");
}

describe("this machine, recorded", () => {
  let recorded: Recorded;
  let report: HostReport;

  beforeAll(async () => {
    recorded = record("own");
    report = await replay(recorded);
  }, 60_000);

  it("replays to the same report", () => {
    expect(report).toEqual(recorded.live);
    expect(Object.keys(report)).toEqual(probes.map(({ name }) => name));
  });

  it("has the system that awk and a shell find in the files", () => {
    const { root } = recorded;
    const [id, prettyName] = lines(
      root,
      '. ./usr/lib/os-release 2>/dev/null || . ./etc/os-release; printf "%s\\n%s\\n" "$ID" "$PRETTY_NAME"',
    );

    expect(valueIn(report, "operating_system")).toMatchObject({
      id,
      prettyName,
      kernelRelease: shell(root, "cat proc/sys/kernel/osrelease"),
      hostname: shell(root, "cat proc/sys/kernel/hostname"),
      bootId: shell(root, "cat proc/sys/kernel/random/boot_id"),
      architecture: shell(root, "cat proc/sys/kernel/arch 2>/dev/null || uname -m"),
    });
    expect(sampleIn(report, "operating_system", "", "uptime_seconds")).toBe(
      Number(shell(root, "awk '{ print $1 }' proc/uptime")),
    );
    expect(valueIn(report, "memory")).toEqual({
      totalBytes: shell(root, `awk '$1 == "MemTotal:" { printf "%.0f", $2 * 1024 }' proc/meminfo`),
      swapTotalBytes: shell(root, `awk '$1 == "SwapTotal:" { printf "%.0f", $2 * 1024 }' proc/meminfo`),
    });
    expect(sampleIn(report, "memory", "", "available_bytes")).toBe(
      Number(shell(root, `awk '$1 == "MemAvailable:" { printf "%.0f", $2 * 1024 }' proc/meminfo`)),
    );
    expect(valueIn(report, "cpu")).toMatchObject({ logicalCount: Number(shell(root, "grep -c '^processor' proc/cpuinfo")) });
    expect([1, 5, 15].map((minutes) => sampleIn(report, "cpu", "", `load_average_${minutes}m`))).toEqual(
      shell(root, "cut -d' ' -f1-3 proc/loadavg").split(" ").map(Number),
    );
    expect(sampleIn(report, "cpu", "", "idle_seconds_total")).toBe(
      Number(shell(root, `awk '$1 == "cpu" { printf "%.2f", $5 / 100 }' proc/stat`)),
    );
  });

  it("has the disks and filesystems that ls, cat and jq find in the files", () => {
    const { root } = recorded;
    const sizes = lines(
      root,
      'for d in sys/block/*; do n=$(basename $d); case $n in loop*|ram*|zram*|nbd*|dm-*|md*|sr*|fd*) ;; *) echo "$n $(($(cat $d/size) * 512))";; esac; done',
    );
    const usages = lines(
      root,
      `jq -r '.usages[] | select(.answer.sizeBytes) | [.path, .answer.sizeBytes, .answer.sizeBytes - .answer.freeBytes] | @tsv' .nodekeeper/recording.json`,
    );
    expect(sizes.length + usages.length).toBeGreaterThan(0);

    const disks = (report["disks"]?.subjects ?? []).flatMap((subject) => {
      const { blockDevice } = subject as {
        readonly blockDevice?: { readonly name: string; readonly type: string; readonly sizeBytes: string };
      };
      return blockDevice?.type === "BLOCK_DEVICE_TYPE_DISK" ? [`${blockDevice.name} ${blockDevice.sizeBytes}`] : [];
    });
    expect(disks.filter((line) => !line.startsWith("nbd")).sort()).toEqual([...sizes].sort());
    for (const [path = "", size, used] of usages.map((line) => line.split("\t"))) {
      expect(valueIn(report, "filesystem", path)).toMatchObject({ sizeBytes: size });
      expect(sampleIn(report, "filesystem", path, "used_bytes")).toBe(Number(used));
    }
  });

  it("has the network that awk and cat find in the files", () => {
    const { root } = recorded;
    const counters = lines(root, `awk -F'[: ]+' 'NR > 2 { sub(/^ +/, ""); print $1, $2, $3, $10, $11 }' proc/1/net/dev`);
    const listed = counters
      .map((line) => line.split(" "))
      .filter(([name = ""]) => !/^(?:veth|cali|lxc|tap|fw|eni|azv|nic|gke)/.test(name));
    expect(listed.length).toBeGreaterThan(0);

    for (const [name = "", ...numbers] of listed) {
      const value = valueIn(report, "network_interface", name);
      expect(value["mtuBytes"]).toBe(Number(shell(root, `cat sys/class/net/${name}/mtu`)));
      expect(value["operationalState"]).toBe(shell(root, `cat sys/class/net/${name}/operstate`));
      const mac = shell(root, `cat sys/class/net/${name}/address`);
      expect(value["macAddress"] ?? "").toBe(
        /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== "00:00:00:00:00:00" ? mac : "",
      );
      const samples = ["receive_bytes_total", "receive_packets_total", "transmit_bytes_total", "transmit_packets_total"];
      expect(samples.map((sample) => sampleIn(report, "network_interface", name, sample))).toEqual(numbers.map(Number));
    }
    const gateway = shell(
      root,
      `awk '$2 == "00000000" && $8 == "00000000" { print $7, $3, $1 }' proc/1/net/route | sort -n | head -1 | awk '{ print $2 }'`,
    );
    const bytes =
      gateway === ""
        ? ""
        : (gateway.match(/../g) ?? [])
            .reverse()
            .map((byte) => Number.parseInt(byte, 16))
            .join(".");
    expect(valueIn(report, "routing")["defaultGatewayIpv4"] ?? "").toBe(bytes);
    expect(valueIn(report, "routing")["nameServers"] ?? []).toEqual(
      lines(root, `awk '$1 == "nameserver" { print $2 }' etc/resolv.conf`),
    );
  });

  it("has the pressure that awk finds in the files", () => {
    const { root } = recorded;
    for (const resource of lines(root, "ls proc/pressure 2>/dev/null")) {
      const total = Number(shell(root, `awk '$1 == "some" { sub(/total=/, "", $5); print $5 }' proc/pressure/${resource}`));
      expect(sampleIn(report, "pressure", resource, "some_seconds_total")).toBe(total / 1e6);
    }
  });

  it("is what the program shows that people use", () => {
    const printed = run([cli, "doctor", "--host-root", recorded.root, "--json"]);

    expect(printed).toContain(shell(recorded.root, "cat proc/sys/kernel/random/boot_id"));
    expect(printed).toContain(shell(recorded.root, `awk '$1 == "MemTotal:" { printf "%.0f", $2 * 1024 }' proc/meminfo`));
  });
});

const whyNot = whyNotByNobody();

describe(`this machine, recorded by a user without rights${whyNot === undefined ? "" : ` (skipped: ${whyNot})`}`, () => {
  it.skipIf(whyNot !== undefined)("replays to the same report, refusals included", { timeout: 60_000 }, async () => {
    const recorded = record("nobody", nobody);

    const report = await replay(recorded);

    expect(report).toEqual(recorded.live);
    expect(valueIn(report, "memory")).toHaveProperty("totalBytes");
  });
});

/** Exit code 1 says that something could not be told, which is no failure here. */
function run(args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (thrown) {
    const { status, stdout } = thrown as { readonly status?: number; readonly stdout?: string };
    if (status === 1 && stdout !== undefined) return stdout;
    throw thrown;
  }
}
