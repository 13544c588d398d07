import { KernelFaultSeverity } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, type Said, severityIn, type Thing } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { gpuXid } from "./gpu-xid.ts";
import { kernelFault } from "./kernel-fault.ts";

const { FAULT, WARNING, NOTICE } = KernelFaultSeverity;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const id = "0000:01:00.0";

interface Event {
  readonly xid: number;
  readonly count?: number;
  readonly sinceMs?: number;
  readonly agoMs?: number;
  readonly severity?: KernelFaultSeverity;
  readonly device?: string;
}

function event({ xid, count = 1, sinceMs = 0, agoMs = 0, severity = FAULT, device = id }: Event): Thing {
  const value = {
    ...{ code: `nvidia-xid-${xid}`, device, area: "gpu", severity, message: `NVRM: Xid (PCI:0000:01:00): ${xid}` },
    ...{ meaning: `The GPU halted (NVIDIA's Xid ${xid}).`, action: "Reset the GPU." },
    firstAtUnixMs: BigInt(startMs - agoMs - sinceMs),
    lastAtUnixMs: BigInt(startMs - agoMs),
  };
  return {
    ...{ kind: "kernel_fault", id: `nvidia-xid-${xid} ${device}` },
    value: { case: "kernelFault", value },
    samples: { occurrences_total: count },
  };
}

const gpu: Thing = { kind: "gpu", id, value: { case: "gpu", value: { productName: "A GPU", vendor: "nvidia" } } };
const said = (...things: readonly Thing[]): Said => ({ probe: "kernel-log", things, whole: ["kernel_fault"] });
const gpus = (...things: readonly Thing[]): Said => ({ probe: "gpu", things: [gpu, ...things] });
const of = (told: Event) => severityIn(gpuXid, judge(gpuXid, machineThatSaid(said(event(told)))));

describe("feature 47: Xid events with what NVIDIA says to do", () => {
  it("tells at once and loudly of a fault, quietly of what is neither that nor a program's, and not of a single program", () => {
    expect(of({ xid: 119, severity: FAULT })).toBe("high");
    expect(of({ xid: 78, severity: WARNING })).toBe("low");
    expect(of({ xid: 31, severity: NOTICE })).toBe("clear");
  });

  it("tells quietly of programs that fail again and again, five times in an hour, for an hour", () => {
    expect(of({ xid: 31, severity: NOTICE, count: 4, sinceMs: minuteMs })).toBe("clear");
    expect(of({ xid: 31, severity: NOTICE, count: 5, sinceMs: 50 * minuteMs })).toBe("low");
    expect(of({ xid: 31, severity: NOTICE, count: 5, sinceMs: 5 * hourMs })).toBe("clear");
    expect(of({ xid: 31, severity: NOTICE, count: 5, agoMs: hourMs })).toBe("clear");
  });

  it("names the GPU, also by an address without its function, and gives the maker's action", () => {
    const device = "0000:01:00";
    const node = machineThatSaid(gpus(), said(event({ xid: 62, count: 3, device })));

    expect(judge(gpuXid, node)).toMatchObject([
      {
        isDeclared: true,
        text: "A GPU (0000:01:00.0): the GPU halted (NVIDIA's Xid 62), 3 times",
        action: "Reset the GPU.",
        evidence: [{ value: "NVRM: Xid (PCI:0000:01:00): 62" }, { name: "xid", value: 62 }, {}, { value: 3 }, {}, {}],
      },
    ]);
  });

  it("is one finding: the rule of other faults leaves it alone, and so does this one while the GPU counts as lost", () => {
    const fault = event({ xid: 79 });
    const lost = { kind: "gpu_status", id, failure: "GPU_LOST" };

    expect(judge(kernelFault, machineThatSaid(said(fault)))).toEqual([]);
    expect(severityIn(gpuXid, judge(gpuXid, machineThatSaid(gpus(lost), said(fault))))).toBe("clear");
    expect(severityIn(gpuXid, judge(gpuXid, machineThatSaid(gpus(), said(fault))))).toBe("high");
  });

  it("is one finding also where the kernel itself tells that the GPU is lost", () => {
    const value = { code: "gpu-lost", device: id, area: "gpu", severity: FAULT, lastAtUnixMs: BigInt(startMs) };
    const told: Thing = { kind: "kernel_fault", id: `gpu-lost ${id}`, value: { case: "kernelFault", value } };
    const lost = { kind: "gpu_status", id, failure: "GPU_LOST" };
    const of = (...tell: readonly Said[]) => severityIn(kernelFault, judge(kernelFault, machineThatSaid(...tell)));

    expect(of(gpus(), said(told))).toBe("medium");
    expect(of(gpus(lost), said(told))).toBe("clear");
    expect(of(gpus(), said(told, event({ xid: 79, device: "0000:01:00" })))).toBe("clear");
    expect(of(gpus(), said(told, event({ xid: 79, device: "0000:02:00" })))).toBe("medium");
  });

  it("is held after a restart of the collector, until the node's clock is known again: it may be a day behind", () => {
    const node = machineThatSaid(said(event({ xid: 48, agoMs: 30 * hourMs })));

    expect(severityIn(gpuXid, judge(gpuXid, { ...node, clockSkewMs: -29 * hourMs }))).toBe("high");
    expect(severityIn(gpuXid, judge(gpuXid, { ...node, clockSkewMs: undefined }))).toBe("hold");
  });

  it("ends with a start of the machine, or after a day, and holds what is old", () => {
    const grave = said(event({ xid: 48 }));

    expect(severityIn(gpuXid, judge(gpuXid, machineThatSaid(grave, { ...said(), atMs: startMs + minuteMs }), minuteMs))).toBe(
      "clear",
    );
    expect(of({ xid: 48, agoMs: 24 * hourMs })).toBe("clear");
    expect(severityIn(gpuXid, judge(gpuXid, machineThatSaid(grave), hourMs))).toBe("hold");
  });
});
