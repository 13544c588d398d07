/** The rows of the feature table that the product promises: each has a test that bears its number, as `describe("feature 19: …")`. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "./sources.ts";

/** Rows that must have a test: number and title. */
const rows: ReadonlyMap<number, string> = new Map([
  [1, "works outside of Kubernetes and reports to the same place"],
  [2, "the agent dials out, no port of the node is open"],
  [3, "a typed, versioned wire contract"],
  [4, "mutual authentication on by default"],
  [5, "a report for a node is accepted only from that node"],
  [6, "enrollment by one command: short-lived join token, list, revoke"],
  [7, "credential rotation with no downtime"],
  [8, "a cloned identity is noticed"],
  [9, "durable spool, sequence numbers, backfill, no doubles"],
  [10, "backfilled data raises no late alarm"],
  [11, "freshness of each part: fresh, stale, lost"],
  [12, "jittered heartbeats, back-off, intervals set by the collector, no synchronised spike"],
  [14, "the agent's own health: each probe's duration, failures, last success"],
  [16, "a node can be retired"],
  [17, "operating system, kernel, processors, memory, board"],
  [18, "disk list: model, serial, firmware, size, bus, rotational, form"],
  [19, "stable disk identity over renames, slots and moves between nodes"],
  [20, "partition, filesystem and mount to Longhorn disk"],
  [21, "USB bridge identity and quirks"],
  [22, "PCIe link speed and width now and at most, AER counters"],
  [23, "list of GPUs: UUID, product, memory, driver, CUDA, compute capability, MIG"],
  [25, "Tailscale itself: state, addresses, tags, key expiry, version, health messages"],
  [26, "Tailscale peers with their path, handshake age and bytes"],
  [27, "inventory change history"],
  [28, "NVMe SMART log"],
  [29, "critical_warning by its bits, each with its own severity"],
  [30, "the drive's own WCTEMP and CCTEMP, and the time above them"],
  [31, "wear trend to the date of 100 % used"],
  [32, "baseline and delta for counters"],
  [33, "SATA attributes with failure rates"],
  [34, "vendors' packed raw values"],
  [35, "never wakes sleeping disks, does not reset their idle timer"],
  [36, "a hung device is isolated: timeout, back-off, quarantine"],
  [37, "alarm on the disappearance of a disk, distinct from an agent's silence"],
  [38, "faults in the kernel log"],
  [39, "state of md, ZFS, btrfs and LVM"],
  [40, "SMART self-tests are read"],
  [41, "when a filesystem will be full"],
  [42, "life of eMMC and SD cards"],
  [43, "advice on models and firmware that are known to be bad"],
  [44, "a GPU's utilisation, memory, temperature, power, clocks, performance state"],
  [45, "memory of a GPU by process, with its owner"],
  [46, "why clocks are limited; an alarm only where it lasts"],
  [47, "Xid events with the action of the catalogue"],
  [49, "a GPU that vanished, one without a driver, and an agent that failed"],
  [50, "does not wake or pin a sleeping GPU"],
  [51, "asleep as a state, with what waking costs"],
  [52, "who keeps the GPU awake or busy"],
  [53, "Ollama's models on disk and loaded, and the fall-back to the CPU"],
  [54, "whether a GPU is available, and whether a model fits"],
  [56, "recovers by itself after a fault is gone"],
  [57, "declarative rules from facts to labels and taints"],
  [58, "key namespace policy: reserved prefixes refused, keys and values checked"],
  [59, "a ledger of what is ours; foreign labels untouched, foreign edits noticed"],
  [60, "never removes because data is absent"],
  [61, "removal on confirmed change, on a rule's deletion, on prune"],
  [62, "uninstall: keep or prune, by choice"],
  [63, "asserts anew on a Node that was re-created"],
  [64, "plan and diff before anything is written"],
  [65, "explain: why this label, from which reading, what would change it"],
  [66, "a minimum dwell before a label flips"],
  [67, "a brake over the fleet; recovery always allowed"],
  [68, "node conditions and Events"],
  [69, "a start-up taint that goes when onboarding is done"],
  [71, "routes of requests for models follow the state of GPUs"],
  [73, "an audit of every write with before and after, and revert"],
  [74, "a manual override with an end"],
  [75, "a verdict with reason, evidence and what to do"],
  [76, "ok, degraded, failed, unknown and asleep"],
  [77, "a restart invents neither OK nor alarm"],
  [78, "acknowledge, mute, baseline, maintenance"],
  [79, "consequences are suppressed"],
  [80, "notifications"],
  [81, "health of a node by HTTP and gRPC"],
  [82, "a stream of changes"],
  [83, "metrics with stable names, alert rules and dashboards that are tested"],
  [84, "a page of the fleet and its history"],
  [85, "one look at a machine without any collector"],
  [86, "is a GPU free?"],
  [87, "least privilege: capabilities, read-only root filesystem, seccomp, no shell"],
  [88, "split: an unprivileged network process and a small privileged probe"],
  [89, "fixed command table, absolute paths, empty environment, argument schema"],
  [90, "the agent holds no Kubernetes write right"],
  [91, "reproducible images of both architectures, with a bill of materials"],
  [95, "faults that are played"],
]);

const folders = ["agent/src", "collector/src", "packages", "test"];
const heading = /\bdescribe\b[^\n]*?(?:\n\s*)?["'`][^"'`\n]*?\bfeature (\d+): /g;

function testFiles(folder: string): readonly string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : testFiles(path);
    return /\.test\.(?:ts|tsx|mjs)$/.test(entry.name) ? [path] : [];
  });
}

describe("features", () => {
  const found = folders
    .flatMap(testFiles)
    .flatMap((path) => [...readFileSync(join(repositoryRoot, path), "utf8").matchAll(heading)])
    .map(([, number]) => Number(number));

  it.each([...rows].map(([number, title]) => ({ number, title })))("feature $number has a test: $title", ({ number }) => {
    expect(found).toContain(number);
  });
});
