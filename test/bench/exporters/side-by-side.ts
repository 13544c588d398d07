/**
 * The agent and the two exporters in one guest, each in a control group, which counts the CPU time of all that it ever held. The guest counts time by
 * instructions while it works, so that nothing that the host does beside can be seen in the result.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { createEmptyImage } from "../../vm/ext4-image.ts";
import type { Guest } from "../../vm/guest.ts";
import { type ReportingGuest, startReportingGuest } from "../../vm/reporting-guest.ts";

/** What one group took. */
export interface GroupUsage {
  /** Of all processes that the group ever held, dead ones included. */
  readonly cpuMs: number;
  readonly userMs: number;
  readonly systemMs: number;
  /** How long it was measured. */
  readonly elapsedMs: number;
  /** How many times an exporter gave its metrics in that time; undefined for what nobody scrapes. */
  readonly scrapes?: number;
}

/** The groups; the scraper is shown, and counted on neither side. */
export type Group = "agent" | "node-exporter" | "smartctl-exporter" | "scraper";

export interface SideBySideOptions {
  readonly minutes: number;
  /** Paths of the two programs. */
  readonly nodeExporter: string;
  readonly smartctlExporter: string;
  readonly signal: AbortSignal;
}

const groups: readonly Group[] = ["agent", "node-exporter", "smartctl-exporter", "scraper"];

/** Start-up is not counted on either side: in two minutes every probe has run at its own interval or at the start, and every exporter too. */
const settlingMs = 120_000;

const setUp = `
mount -t ext4 /dev/serial/NVME0001 /mnt
mkdir -p /tmp/groups /tmp/scrapes
mount -t cgroup2 cgroup2 /tmp/groups
for group in ${groups.join(" ")}; do mkdir /tmp/groups/$group; done`;

/** As Prometheus does it: every 15 s, answers compressed. */
const scrapeLoop = `
scrape() {
  while :; do
    (wget -q -O /dev/null --header 'Accept-Encoding: gzip' "http://127.0.0.1:$2/metrics" && echo >>/tmp/scrapes/$1) &
    sleep 15
    wait
  done
}
scrape node-exporter 9100 &
scrape smartctl-exporter 9633 &
wait`;

/** Boots, lets everything settle, and measures. Throws when a program ended or an exporter gave no metrics. */
export async function measureSideBySide(options: SideBySideOptions): Promise<Readonly<Record<Group, GroupUsage>>> {
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-exporters-"));
  try {
    await createEmptyImage(join(folder, "nvme"), 256 << 20);
    await using reporting = await startReportingGuest({
      disks: [{ image: join(folder, "nvme"), device: "nvme", serial: "NVME0001" }],
      files: [
        { hostPath: options.nodeExporter, guestPath: "/node_exporter" },
        { hostPath: options.smartctlExporter, guestPath: "/smartctl_exporter" },
      ],
      memoryMib: 1024,
      countsInstructions: true,
      preparation: setUp,
    });
    const { guest } = reporting;
    await guest.run("cat /tmp/agent.pid >/tmp/groups/agent/cgroup.procs");
    await startIn(guest, "node-exporter", "/files/node_exporter --web.listen-address=127.0.0.1:9100");
    await startIn(
      guest,
      "smartctl-exporter",
      "/files/smartctl_exporter --web.listen-address=127.0.0.1:9633 --smartctl.path=/bin/smartctl",
    );
    await startIn(guest, "scraper", scrapeLoop);
    await countersAt(guest, (await counters(guest)).atMs + settlingMs, options.signal);
    await assertFacts(guest);
    const before = await counters(guest);
    let after = before;
    for (let minute = 1; minute <= options.minutes; minute += 1) {
      after = await countersAt(guest, before.atMs + minute * 60_000, options.signal);
      if (minute < options.minutes) progress(minute, before, after);
    }
    await assertAlive(reporting);
    return usages(before, after);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Counters {
  /** Of the guest's own clock. */
  readonly atMs: number;
  readonly cpuUs: Readonly<Record<Group, readonly [cpu: number, user: number, system: number]>>;
  readonly scrapes: Readonly<Partial<Record<Group, number>>>;
}

async function startIn(guest: Guest, group: Group, script: string): Promise<void> {
  await guest.run(
    `cat >/tmp/${group}.sh <<'EOF'\necho 0 >/tmp/groups/${group}/cgroup.procs\n${script}\nEOF\nsh /tmp/${group}.sh >/tmp/${group}.log 2>&1 &`,
  );
}

/** Once the guest's clock says so: it goes slower than ours while the guest works. */
async function countersAt(guest: Guest, atMs: number, signal: AbortSignal): Promise<Counters> {
  for (;;) {
    const now = await counters(guest);
    if (now.atMs >= atMs) return now;
    await systemClock.sleep(atMs - now.atMs, signal);
  }
}

async function counters(guest: Guest): Promise<Counters> {
  const { stdout } = await guest.run(
    `cat /proc/uptime; for group in ${groups.join(" ")}; do
       set -- $(head -n 3 /tmp/groups/$group/cpu.stat); echo $group $2 $4 $6 $(cat /tmp/scrapes/$group 2>/dev/null | wc -l)
     done`,
  );
  const [uptime = [], ...rows] = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  const atMs = Number(uptime[0]) * 1000;
  const row = (group: Group): readonly number[] => {
    const numbers = (rows.find(([name]) => name === group) ?? []).slice(1).map(Number);
    if (numbers.length !== 4 || numbers.some(Number.isNaN)) throw new Error(`no CPU time of ${group}: ${stdout}`);
    return numbers;
  };
  const of = (group: Group): readonly [number, number, number] => [row(group)[0] ?? 0, row(group)[1] ?? 0, row(group)[2] ?? 0];
  return {
    atMs,
    cpuUs: {
      agent: of("agent"),
      "node-exporter": of("node-exporter"),
      "smartctl-exporter": of("smartctl-exporter"),
      scraper: of("scraper"),
    },
    scrapes: { "node-exporter": row("node-exporter")[3] ?? 0, "smartctl-exporter": row("smartctl-exporter")[3] ?? 0 },
  };
}

function usages(before: Counters, after: Counters): Readonly<Record<Group, GroupUsage>> {
  const usage = (group: Group): GroupUsage => {
    const [cpuMs = 0, userMs = 0, systemMs = 0] = after.cpuUs[group].map(
      (value, index) => (value - (before.cpuUs[group][index] ?? 0)) / 1000,
    );
    const scrapes = after.scrapes[group];
    const common = { cpuMs, userMs, systemMs, elapsedMs: after.atMs - before.atMs };
    return scrapes === undefined ? common : { ...common, scrapes: scrapes - (before.scrapes[group] ?? 0) };
  };
  return {
    agent: usage("agent"),
    "node-exporter": usage("node-exporter"),
    "smartctl-exporter": usage("smartctl-exporter"),
    scraper: usage("scraper"),
  };
}

function progress(minute: number, before: Counters, now: Counters): void {
  const sofar = usages(before, now);
  const words = groups.map((group) => `${group} ${Math.round(sofar[group].cpuMs)} ms`);
  process.stdout.write(`after ${minute} min: ${words.join(", ")}\n`);
}

/** That the exporters tell of the disk at all; a side that reads nothing would be cheap. */
async function assertFacts(guest: Guest): Promise<void> {
  for (const { port, metric } of [
    { port: 9100, metric: 'node_disk_reads_completed_total{device="nvme0n1"}' },
    { port: 9633, metric: "smartctl_device_critical_warning" },
  ]) {
    const { stdout } = await guest.run(`wget -q -O - http://127.0.0.1:${port}/metrics`);
    if (!stdout.includes(metric)) {
      const { stdout: log } = await guest.run("cat /tmp/*-exporter.log");
      throw new Error(`the exporter on port ${port} tells nothing of ${metric}:\n${log}`);
    }
  }
}

async function assertAlive({ detail, guest, logs }: ReportingGuest): Promise<void> {
  const probes = (await detail())?.probes ?? [];
  const isReporting = probes.length > 0 && probes.every(({ freshness }) => freshness === "fresh");
  const { exitCode } = await guest.run("pidof node_exporter && pidof smartctl_exporter && kill -0 $(cat /tmp/agent.pid)");
  if (!isReporting || exitCode !== 0) throw new Error(`a program has ended:\n${await logs()}`);
}
