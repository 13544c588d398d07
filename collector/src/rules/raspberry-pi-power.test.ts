import type { MessageInitShape } from "@bufbuild/protobuf";
import { KernelFaultSeverity, type RaspberryPiSchema } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { evaluateNode } from "../evaluate/evaluate-node.ts";
import { judge, machineThatSaid, type Said, severityIn, viewAfter } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { rules } from "./index.ts";
import { raspberryPiPower } from "./raspberry-pi-power.ts";

function pi(value: MessageInitShape<typeof RaspberryPiSchema>): Said {
  return {
    probe: "raspberry-pi",
    things: [{ kind: "raspberry_pi", value: { case: "raspberryPi", value } }],
    whole: ["raspberry_pi"],
  };
}

function nvmeSaid(code: string, count = 3): Said {
  const value = {
    ...{ code, device: "nvme0", area: "disk", severity: KernelFaultSeverity.FAULT },
    message: "nvme nvme0: controller is down; will reset: CSTS=0xffffffff",
    lastAtUnixMs: BigInt(startMs),
  };
  const thing = { kind: "kernel_fault", id: `${code} nvme0`, samples: { occurrences_total: count } };
  return { probe: "kernel-log", things: [{ ...thing, value: { case: "kernelFault", value } }], whole: ["kernel_fault"] };
}

const of = (...told: readonly Said[]) => severityIn(raspberryPiPower, judge(raspberryPiPower, machineThatSaid(...told)));
const now = { isUnderVoltage: true, hasBeenUnderVoltage: true };
const before = { isUnderVoltage: false, hasBeenUnderVoltage: true };
const well = { isUnderVoltage: false, hasBeenUnderVoltage: false };

describe("raspberryPiPower", () => {
  it("tells a voltage that is too low from one that was, and says nothing of one that is well", () => {
    expect(of(pi(now))).toBe("medium");
    expect(of(pi(before))).toBe("low");
    expect(of(pi(well))).toBe("clear");
    expect(of(pi({ isUnderVoltage: false }))).toBe("clear");
  });

  it("says that the power is the cause where the NVMe drive dropped out beside it (acceptance 11)", () => {
    expect(judge(raspberryPiPower, machineThatSaid(nvmeSaid("nvme-controller-reset"), pi(before)))).toMatchObject([
      {
        severity: "high",
        isDeclared: true,
        text: "the supply voltage was too low since the start, and the NVMe drive dropped out 3 times: the power supply is the likely cause",
        evidence: expect.arrayContaining([
          expect.objectContaining({ name: "cause", value: "power" }),
          expect.objectContaining({ name: "nvme_resets", value: 3 }),
          expect.objectContaining({ name: "nvme_devices", value: "nvme0" }),
        ]),
      },
    ]);
    expect(of(nvmeSaid("nvme-media-error"), pi(before))).toBe("low");
  });

  it("makes the drive's finding a consequence of it, and no other finding of the kernel log (acceptance 11)", () => {
    const node = machineThatSaid(nvmeSaid("nvme-controller-reset"), pi(before));
    const { open } = evaluateNode(rules, viewAfter(node), new Map(), () => undefined);
    const found = [...open.values()].map(({ finding }) => finding);
    const power = found.find(({ rule }) => rule === "raspberry-pi-power");
    const drive = found.find(({ rule }) => rule === "kernel-fault");

    expect(power).toMatchObject({ state: "firing", severity: "high" });
    expect(drive).toMatchObject({ state: "firing", suppressedBy: power?.id });
    expect(drive?.evidence[0]).toMatchObject({ name: "cause", value: "power" });

    const worn = machineThatSaid(nvmeSaid("nvme-media-error"), pi(now));
    const others = [...evaluateNode(rules, viewAfter(worn), new Map(), () => undefined).open.values()];
    expect(others.find(({ finding }) => finding.rule === "kernel-fault")?.finding).not.toHaveProperty("suppressedBy");
  });

  it("ends a week after the last dip, which the firmware remembers until the next start", () => {
    const dayMs = 24 * 3_600_000;
    const system = (uptimeDays: number): Said => {
      const value = { case: "operatingSystem", value: {} } as const;
      const samples = { uptime_seconds: uptimeDays * 86_400 };
      return { probe: "system", things: [{ kind: "operating_system", value, samples }], whole: ["operating_system"] };
    };
    const dip = (daysAgo: number): Said => {
      const value = { code: "undervoltage", area: "power", lastAtUnixMs: BigInt(startMs - daysAgo * dayMs) };
      const thing = { kind: "kernel_fault", id: "undervoltage", value: { case: "kernelFault", value } } as const;
      return { probe: "kernel-log", things: [thing], whole: ["kernel_fault"] };
    };
    const quiet: Said = { probe: "kernel-log", whole: ["kernel_fault"] };

    expect(of(system(40), dip(2), pi(before))).toBe("low");
    expect(of(system(40), dip(8), pi(before))).toBe("clear");
    expect(of(system(40), dip(8), pi(now))).toBe("medium");
    expect(of(system(40), quiet, pi(before))).toBe("clear"); // before the log begins
    expect(of(system(3), quiet, pi(before))).toBe("low");
    expect(of(system(40), pi(before))).toBe("low"); // nobody read the log
  });

  it("ends at once after a restart with better power, and an hour after a voltage that only was known as it is", () => {
    expect(judge(raspberryPiPower, machineThatSaid(pi(now), pi(well)))).toMatchObject([{ kind: "clear", clearMs: 0 }]);
  });

  it("concludes nothing where nobody knows the voltage, and from what is old", () => {
    expect(of(pi({}))).toBe("hold");
    expect(severityIn(raspberryPiPower, judge(raspberryPiPower, machineThatSaid(pi(now)), 3_600_000))).toBe("hold");
    expect(of(pi(now), { ...pi({}), things: [] })).toBe("clear");
  });
});
