import type { MessageInitShape } from "@bufbuild/protobuf";
import { type BlockDeviceSchema, type KernelFault, KernelFaultSeverity, Outcome } from "@nodekeeper/proto";
import type { Finding } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import type { NodeState } from "../state/node-state.ts";
import { viewNode } from "../state/node-view.ts";
import { list, observation } from "../test-support/observations.ts";
import { aFinding } from "../test-support/rules.ts";
import { connectedNode, observed, startMs } from "../test-support/states.ts";
import { kernelFault } from "./kernel-fault.ts";

const hourMs = 3_600_000;
const { FAULT, WARNING, NOTICE } = KernelFaultSeverity;
const id = "nvme-controller-reset nvme0";

interface Said {
  readonly fault?: Partial<Omit<KernelFault, "$typeName">>;
  readonly agoMs?: number;
  readonly occurrences?: number;
}

function blockDevice(deviceId: string, value: MessageInitShape<typeof BlockDeviceSchema>) {
  return { kind: "block_device", id: deviceId, outcome: Outcome.OK, value: { case: "blockDevice", value } } as const;
}

function nodeOf({ fault = {}, agoMs = 0, occurrences = 1 }: Said): NodeState {
  const at = BigInt(startMs - agoMs);
  const value = {
    ...{ code: "nvme-controller-reset", device: "nvme0", area: "disk", severity: FAULT },
    message: "nvme nvme0: controller is down; will reset",
    meaning: "A controller stopped and was reset.",
    firstAtUnixMs: at - 60_000n,
    lastAtUnixMs: at,
    ...fault,
  };
  const device = {
    name: "nvme0n1",
    model: "A fast disk",
    pcieLink: { address: "0000:01:00.0" },
    partitions: [{ name: "nvme0n1p2" }],
  };
  const mapped = { name: "dm-0", slaves: ["nvme0n1p2"] };
  const array = { name: "md0", slaves: ["nvme0n1", "sda"] };
  const stick = { name: "sda", model: "A stick", bus: "usb" };
  const facts = {
    subjects: [
      { kind: "kernel_fault", id, outcome: Outcome.OK, value: { case: "kernelFault", value } } as const,
      blockDevice("eui.1", device),
      ...[mapped, array, stick].map((other) => blockDevice(other.name, other)),
    ],
    sampleKeys: [{ kind: "kernel_fault", id, name: "occurrences_total" }],
  };
  return observed(connectedNode(), observation(facts, { sampleValues: [occurrences] }));
}

function judge(node: NodeState, nowMs = startMs, firing?: Finding) {
  return kernelFault.evaluate(viewNode(node, nowMs), () => firing)[0];
}

function outcomeOf(said: Said): string | undefined {
  const verdict = judge(nodeOf(said));
  return verdict?.kind === "raise" ? verdict.severity : verdict?.kind;
}

function nameOf(device: string): string | undefined {
  const verdict = judge(nodeOf({ fault: { device } }));
  return verdict?.kind === "raise" ? verdict.text.split(":").slice(0, -1).join(":") : undefined;
}

describe("feature 38: faults of the kernel log, with the disk that they are about", () => {
  it("names disk and model, and shows the message, the count and the times", () => {
    expect(judge(nodeOf({ occurrences: 4 }))).toMatchObject({
      kind: "raise",
      severity: "high",
      isDeclared: true,
      subject: { kind: "kernel_fault", id },
      text: "A fast disk (nvme0): a controller stopped and was reset",
      evidence: [
        { name: "message", value: "nvme nvme0: controller is down; will reset" },
        { name: "code", value: "nvme-controller-reset" },
        { name: "device", value: "nvme0" },
        { name: "occurrences_total", value: 4 },
        { name: "first_at", value: "2026-11-22T11:59:00.000Z" },
        { name: "last_at", value: "2026-11-22T12:00:00.000Z" },
        { name: "block_device", value: "eui.1" },
        { name: "model", value: "A fast disk" },
      ],
    });
  });

  it.each([
    ["nvme0", "A fast disk (nvme0)"],
    ["nvme0n1", "A fast disk (nvme0n1)"],
    ["nvme0n1p2", "A fast disk (nvme0n1p2)"],
    ["0000:01:00.0", "A fast disk (0000:01:00.0)"],
    ["dm-0", "A fast disk (dm-0)"],
    ["md0", "md0"],
    ["nvme1", "nvme1"],
    ["", "the machine"],
  ])("knows %s as %s", (device, name) => {
    expect(nameOf(device)).toBe(name);
  });

  it.each<{ name: string; said: Said; expected: string }>([
    { name: "a fault of a filesystem", said: { fault: { area: "filesystem" } }, expected: "high" },
    { name: "a fault of memory", said: { fault: { area: "memory" } }, expected: "medium" },
    { name: "a fault of a disk that people unplug", said: { fault: { device: "sda" } }, expected: "medium" },
    { name: "one warning of a disk", said: { fault: { severity: WARNING } }, expected: "clear" },
    { name: "repeated warnings of a disk", said: { fault: { severity: WARNING }, occurrences: 3 }, expected: "medium" },
    { name: "repeated warnings of USB", said: { fault: { severity: WARNING, area: "usb" }, occurrences: 9 }, expected: "clear" },
    { name: "what means nothing alone", said: { fault: { severity: NOTICE }, occurrences: 99 }, expected: "clear" },
    { name: "a fault of yesterday", said: { agoMs: 23 * hourMs }, expected: "high" },
    { name: "a fault of the day before", said: { agoMs: 24 * hourMs }, expected: "clear" },
    { name: "a fault without a time", said: { fault: { lastAtUnixMs: undefined } }, expected: "hold" },
  ])("says $expected of $name", ({ said, expected }) => {
    expect(outcomeOf(said)).toBe(expected);
  });

  it("stands for its day though the machine was started anew, and is not raised then", () => {
    const again = observed(nodeOf({}), observation({ lists: [list("kernel_fault", true)] }, { sequence: 2 }), startMs + hourMs);

    expect(judge(again, startMs + hourMs, aFinding())?.kind).toBe("raise");
    expect(judge(again, startMs + hourMs)?.kind).toBe("clear");
  });

  it("says what the code says where the agent gives no meaning", () => {
    expect(judge(nodeOf({ fault: { meaning: "" } }))).toMatchObject({ text: "A fast disk (nvme0): nvme controller reset" });
  });

  it("concludes nothing while the kernel log is not known", () => {
    expect(judge(nodeOf({}), startMs + hourMs)?.kind).toBe("hold");
  });
});
