/** Recorded trees of /proc and /sys: all probes that read files, against what shell tools find in the same tree. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { expect } from "vitest";
import { createLocalHost } from "../../../agent/src/host/local-host.ts";
import type { Payload } from "../../../agent/src/payload.ts";
import type { Probe } from "../../../agent/src/probe.ts";
import { disks } from "../../../agent/src/probes/disks.ts";
import { network } from "../../../agent/src/probes/network.ts";
import { sensors } from "../../../agent/src/probes/sensors.ts";
import { system } from "../../../agent/src/probes/system.ts";
import { runOnce } from "../../../agent/src/probes/test-support/payload-view.ts";
import { unpackTar, unpackTtar } from "../../../agent/src/probes/test-support/recorded-trees.ts";
import { dumpedDevices, hostOf, listedNames } from "../../../agent/src/probes/test-support/udev-dump.ts";
import { AppError, systemClock } from "../../../packages/shared/src/index.ts";
import { expectAccepted } from "../expect-accepted.ts";
import { textOf } from "../recording-index.ts";
import { type Check, checked, witness } from "../verdict.ts";

/** A tar archive; the machine's root is the folder in it that has a `sys` or a `proc`. */
export const tarTree: Check = async ({ file }) => {
  using tree = unpackTar(file);
  await examine(rootIn(tree.root));
  return checked;
};

/** A text archive of /sys. */
export const sysTextArchive: Check = async ({ file }) => {
  using tree = unpackTtar({ [file]: "." });
  await examine(tree.root);
  return checked;
};

/** A text archive of udev's data; it is of the machine of the other one. */
export const udevTextArchive: Check = async ({ file }) => {
  using tree = unpackTtar({ "sys/node_exporter__sys.ttar": "", [file]: "run" });
  const payload = await payloadOf(disks, tree.root);
  const serials = shell("grep -rhoP '(?<=^E:ID_SERIAL_SHORT=).*' \"$0\" | sort -u", join(tree.root, "run")).split("\n");
  const told = blockDevices(payload).map(({ serial }) => serial);

  for (const serial of told) if (serial !== "") expect(serials).toContain(serial);
  expectAccepted(payload);
  return checked;
};

/** What udev and sysfs say of each block device, as one document. */
export const udevDump: Check = async ({ path }) => {
  const dump = dumpedDevices(path);
  const payload = await runOnce(disks, hostOf(dump));
  if (payload === undefined) throw new Error("the probe says absent");

  expect(
    blockDevices(payload)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(listedNames(dump));
  expectAccepted(payload);
  return checked;
};

/** lsblk on the machine of which the tree was recorded. */
export const lsblkOfTree: Check = async (entry) => {
  using tree = unpackTar("block/util-linux__simple-nvme.tar.xz");
  const payload = await payloadOf(disks, rootIn(tree.root));
  const [, ...lines] = textOf(entry).trimEnd().split("\n");
  const shown = lines.filter((line) => !/^[|`\s-]/.test(line)).map((line) => line.split(/\s/)[0] ?? "");

  expect(shown.sort()).toEqual(
    blockDevices(payload)
      .map(({ name }) => name)
      .sort(),
  );
  return witness;
};

/** Runs what reads files, and holds what can be counted in the tree against it. */
async function examine(root: string): Promise<void> {
  const payloads = new Map<string, Payload>();
  for (const probe of [system, disks, sensors, network]) {
    const payload = await payloadOf(probe, root);
    expectAccepted(payload);
    payloads.set(probe.name, payload);
  }
  const cpu = payloads.get("system")?.subjects.find(({ kind }) => kind === "cpu");
  const cpuinfo = join(root, "proc/cpuinfo");
  if (cpu?.value.case === "cpu" && existsSync(cpuinfo)) {
    const online = join(root, "sys/devices/system/cpu/online");
    if (!existsSync(online)) expect(cpu.value.value.logicalCount).toBe(Number(shell('grep -c "^processor" "$0"', cpuinfo)));
    const model = shell('grep -m1 "^model name" "$0" | sed "s/^[^:]*: *//"', cpuinfo);
    if (model !== "" && shell('grep -c "^CPU part" "$0"', cpuinfo) === "0") expect(cpu.value.value.modelName).toBe(model);
  }
  const memory = payloads.get("system")?.subjects.find(({ kind }) => kind === "memory");
  if (memory?.value.case === "memory") {
    const kilobytes = shell(`awk '/^MemTotal:/ { print $2 }' "$0"`, join(root, "proc/meminfo"));
    expect(memory.value.value.totalBytes).toBe(BigInt(kilobytes) * 1024n);
  }
  expectAllBlockDevices(payloads.get("disks"), root);
}

/** Each entry of /sys/block is listed, said to have failed, or of a kind that no probe lists. */
function expectAllBlockDevices(payload: Payload | undefined, root: string): void {
  const folder = join(root, "sys/block");
  const there = existsSync(folder) ? readdirSync(folder) : [];
  const subjects = (payload?.subjects ?? []).filter(({ kind }) => kind === "block_device");
  const named = blockDevices(payload).map(({ name }) => name);
  const failures = subjects
    .filter(({ outcome }) => outcome === Outcome.FAILED)
    .map(({ id, failure }) => `${id} ${failure?.message}`);
  for (const name of there.filter((each) => !/^(?:loop|ram|fd|zram)/.test(each) && !named.includes(each))) {
    expect(failures).toContainEqual(expect.stringMatching(new RegExp(`[:/ ]${name.replaceAll("!", "/")}\\b`)));
  }
}

function blockDevices(payload: Payload | undefined): readonly { readonly name: string; readonly serial: string }[] {
  return (payload?.subjects ?? []).flatMap(({ value }) => (value.case === "blockDevice" ? [value.value] : []));
}

/** What a probe says; nothing where it says absent, or that nothing could be read at all. */
async function payloadOf(probe: Probe, root: string): Promise<Payload> {
  const nothing: Payload = { subjects: [], lists: [], samples: [] };
  try {
    return (await runOnce(probe, createLocalHost({ root, clock: systemClock }))) ?? nothing;
  } catch (thrown) {
    expect(AppError.from(thrown).code).toMatch(/^HOST_/);
    return nothing;
  }
}

function rootIn(folder: string): string {
  const isRoot = (path: string): boolean => existsSync(join(path, "sys")) || existsSync(join(path, "proc"));
  const inside = readdirSync(folder).map((name) => join(folder, name));
  const root = [folder, ...inside].find(isRoot);
  if (root === undefined) throw new Error("the archive has neither sys nor proc");
  return root;
}

function shell(script: string, path: string): string {
  return execFileSync("sh", ["-c", `${script} || true`, path], { encoding: "utf8" }).trim();
}
