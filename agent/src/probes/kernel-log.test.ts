import { KernelFaultSeverity } from "@nodekeeper/proto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Payload } from "../payload.ts";
import { createKernelLogProbe, type RawKernelLog } from "./kernel-log.ts";
import { createKernelLogFollower } from "./support/kernel-log/kernel-log-follower.ts";
import { FakeKmsg } from "./test-support/fake-kmsg.ts";
import { denied, TreeHost } from "./test-support/tree-host.ts";

const reset = "nvme nvme0: controller is down; will reset: CSTS=0xffffffff, PCI_STATUS=0x10";
const readOnly = "EXT4-fs (nvme0n1p2): Remounting filesystem read-only";
const wallMs = Date.UTC(2026, 0, 1);
const log = [
  "5,0,0,-;Linux version 6.12.0\n",
  `4,1,900000000,-;${reset}\n SUBSYSTEM=nvme\n DEVICE=+nvme:nvme0\n`,
  `4,2,950000000,-;${reset}\n`,
  `2,3,990000000,-;${readOnly}\n`,
].join("");

let host: TreeHost;

beforeEach(() => {
  host = new TreeHost({ "/dev/kmsg": log, "/proc/stat": `cpu  1 2 3 4\nbtime ${(wallMs - 1_000_000) / 1000}\nprocesses 9\n` });
  host.clock = { wallMs, uptimeMs: 1_000_000 };
});

async function run(probe = createKernelLogProbe()): Promise<Payload | undefined> {
  return probe.parse((await probe.read(host, new AbortController().signal)) as RawKernelLog | undefined);
}

function values(payload: Payload | undefined): readonly unknown[] {
  return (payload?.subjects ?? []).map(({ kind, id, value: { value } }) => {
    const { $typeName: _, ...fields } = value ?? { $typeName: "" };
    return { kind, id, ...fields };
  });
}

describe("feature 38: kernel-log faults, as the agent reports them", () => {
  it("tells each fault with its device, its times by the machine's clock, and its weight", async () => {
    const payload = await run();

    expect(values(payload)).toEqual([
      { kind: "kernel_log", id: "", isWhole: true, sinceUnixMs: BigInt(wallMs - 1_000_000) },
      {
        kind: "kernel_fault",
        id: "nvme-controller-reset nvme0",
        code: "nvme-controller-reset",
        device: "nvme0",
        message: reset,
        firstAtUnixMs: BigInt(wallMs - 100_000),
        lastAtUnixMs: BigInt(wallMs - 50_000),
        severity: KernelFaultSeverity.WARNING,
        area: "disk",
        meaning: expect.stringContaining("is reset"),
        action: "",
      },
      {
        kind: "kernel_fault",
        id: "filesystem-read-only nvme0n1p2",
        code: "filesystem-read-only",
        device: "nvme0n1p2",
        message: readOnly,
        firstAtUnixMs: BigInt(wallMs - 10_000),
        lastAtUnixMs: BigInt(wallMs - 10_000),
        severity: KernelFaultSeverity.FAULT,
        area: "filesystem",
        meaning: "A filesystem found an error and takes no more writes.",
        action: "",
      },
    ]);
    expect(payload?.lists).toMatchObject([{ kind: "kernel_fault", isComplete: true }]);
    expect(payload?.samples).toEqual([
      { kind: "kernel_log", id: "", name: "records_total", value: 4 },
      { kind: "kernel_log", id: "", name: "lost_records_total", value: 0 },
      { kind: "kernel_log", id: "", name: "suppressed_records_total", value: 0 },
      { kind: "kernel_fault", id: "nvme-controller-reset nvme0", name: "occurrences_total", value: 2 },
      { kind: "kernel_fault", id: "filesystem-read-only nvme0n1p2", name: "occurrences_total", value: 1 },
    ]);
  });

  it("tells of an Xid what NVIDIA says to do about it", async () => {
    host.entries.set("/dev/kmsg", "4,1,900000000,-;NVRM: Xid (PCI:0000:01:00): 119, pid=9, name=ollama, Timeout after 6s\n");

    expect(values(await run())).toContainEqual(
      expect.objectContaining({
        id: "nvidia-xid-119 0000:01:00.0",
        severity: KernelFaultSeverity.FAULT,
        area: "gpu",
        action: expect.stringMatching(/^Reset the GPU: /),
      }),
    );
  });

  it("says that the start of the machine is overwritten, and how far the log reaches back", async () => {
    host.entries.set("/dev/kmsg", `4,700,900000000,-;${reset}\n`);

    expect(values(await run())[0]).toMatchObject({ isWhole: false, sinceUnixMs: BigInt(wallMs - 100_000) });
  });

  it.each([
    { name: "a gap in the numbers", text: `${log}6,9,995000000,-;later\n`, sample: { name: "lost_records_total", value: 5 } },
    { name: "lines that are no records", text: `${log}garbage\n`, sample: { name: "suppressed_records_total", value: 1 } },
  ])("is not whole after $name", async ({ text, sample }) => {
    host.entries.set("/dev/kmsg", text);
    const payload = await run();

    expect(values(payload)[0]).toMatchObject({ isWhole: false });
    expect(payload?.samples).toContainEqual({ kind: "kernel_log", id: "", ...sample });
  });

  it("has no faults to tell of a quiet log, and says so", async () => {
    host.entries.set("/dev/kmsg", "5,0,0,-;Linux version 6.12.0\n");
    const payload = await run();

    expect(payload?.subjects.map(({ kind }) => kind)).toEqual(["kernel_log"]);
    expect(payload?.lists).toMatchObject([{ kind: "kernel_fault", isComplete: true }]);
  });

  it("does not call a list complete from which faults were dropped", async () => {
    const lines = Array.from({ length: 200 }, (_, index) => `4,${index},0,-;usb 1-${index}: USB disconnect, device number 2\n`);
    host.entries.set("/dev/kmsg", lines.join(""));
    const payload = await run();

    expect(payload?.subjects).toHaveLength(1 + 128);
    expect(payload?.lists).toMatchObject([
      {
        isComplete: false,
        failure: { code: "HOST_OUTPUT_TOO_LARGE", message: expect.stringContaining("72 of the least severe") },
      },
    ]);
  });

  it("does not call a list complete while the log grows faster than it can be read", async () => {
    const endless = new FakeKmsg(1_000);
    host.kernelLog = () => {
      const reader = endless.open();
      const read: typeof reader.read = (maximum) => {
        for (let index = 0; index < 600; index++) endless.write(reset);
        return reader.read(maximum);
      };
      return { ...reader, read };
    };
    const payload = await run();

    expect(payload?.lists).toMatchObject([{ isComplete: false, failure: { message: expect.stringContaining("grows faster") } }]);
    expect(values(payload)[0]).toMatchObject({ isWhole: false });
    expect(payload?.subjects).toHaveLength(2);
  });

  it("is absent where there is no kernel log, and failed where it is refused", async () => {
    host.entries.delete("/dev/kmsg");
    expect(await run()).toBeUndefined();

    host.entries.set("/dev/kmsg", denied("/dev/kmsg"));
    await expect(run()).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
  });
});

describe("kernel-log, run by run in the agent", () => {
  const follower = createKernelLogFollower();
  const probe = createKernelLogProbe(follower);
  const kmsg = new FakeKmsg();

  afterEach(() => follower[Symbol.dispose]());

  it("gives the same facts while nothing is said, and others when the clock of the machine is set", async () => {
    host.kernelLog = () => kmsg.open();
    kmsg.write(reset);
    const first = values(await run(probe));
    host.clock = { wallMs: wallMs + 60_003, uptimeMs: 1_060_000 };
    const second = values(await run(probe));
    host.entries.set("/proc/stat", `btime ${(wallMs + 3_600_000) / 1000}\n`);
    const third = values(await run(probe));

    expect(first).toHaveLength(2);
    expect(second).toEqual(first);
    expect(third[0]).toMatchObject({ sinceUnixMs: BigInt(wallMs + 3_600_000) });
    expect(kmsg.openCount).toBe(1);
  });

  it("leaves times out where the start of the machine is not known", async () => {
    host.entries.delete("/proc/stat");
    const reported = values(await run(createKernelLogProbe())) as readonly Readonly<Record<string, unknown>>[];

    expect(reported[1]).toMatchObject({ id: "nvme-controller-reset nvme0" });
    for (const name of ["sinceUnixMs", "firstAtUnixMs", "lastAtUnixMs"])
      expect(reported.map((subject) => subject[name]).filter((time) => time !== undefined)).toEqual([]);
  });

  it("keeps what it has learnt when the ring has long forgotten it", async () => {
    const small = new FakeKmsg(10);
    const alone = createKernelLogFollower();
    host.kernelLog = () => small.open();
    small.write(reset);
    await run(createKernelLogProbe(alone));
    for (let index = 0; index < 100; index++) small.write("quiet");
    const payload = await run(createKernelLogProbe(alone));

    expect(values(payload)[1]).toMatchObject({ id: "nvme-controller-reset nvme0" });
    expect(payload?.samples.slice(0, 2).map(({ value }) => value)).toEqual([11, 90]);
    alone[Symbol.dispose]();
  });
});
