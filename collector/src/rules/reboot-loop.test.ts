import { KernelFaultSeverity } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { evaluateNode, type OpenFindings } from "../evaluate/evaluate-node.ts";
import type { NodeState } from "../state/node-state.ts";
import { judge, machineThatSaid, severityIn, type Thing, viewAfter } from "../test-support/judge-machine.ts";
import { connectedNode, disconnected, startMs } from "../test-support/states.ts";
import { rules } from "./index.ts";
import { rebootLoop } from "./reboot-loop.ts";

const minuteMs = 60_000;
const bootId = "22222222-2222-2222-2222-222222222222";

/** What its probe `system` says at a time of a machine that began its boots so many minutes before the start; `abrupt`: by which of them it just ended. */
function system(minutes: readonly number[], options: { readonly abrupt?: readonly number[]; readonly afterMs?: number } = {}) {
  const { abrupt = [1, 2], afterMs = 0 } = options;
  const boots = minutes.map((each, index) => ({
    startedAtUnixMs: BigInt(startMs - each * minuteMs),
    ...(index === 0 ? {} : { wasShutDown: !abrupt.includes(index) }),
  }));
  const things: readonly Thing[] = [
    {
      kind: "operating_system",
      value: { case: "operatingSystem", value: { bootId } },
      samples: { uptime_seconds: ((minutes[0] ?? 0) * minuteMs + afterMs) / 1_000 },
    },
    { kind: "boot_history", value: { case: "bootHistory", value: { boots } } },
  ];
  return { probe: "system", things, atMs: startMs + afterMs };
}

const of = (node: NodeState, afterMs = 0) => judge(rebootLoop, node, afterMs);

describe("reboot-loop", () => {
  it("is loud about a third boot within half an hour, with when they began and what may be behind it", () => {
    const fault: Thing = {
      ...{ kind: "kernel_fault", id: "hardware-error" },
      value: { case: "kernelFault", value: { code: "hardware-error", severity: KernelFaultSeverity.FAULT } },
    };
    const [verdict] = of(machineThatSaid(system([2, 9, 25]), { things: [fault] }));

    expect(verdict).toMatchObject({
      kind: "raise",
      severity: "high",
      text: "it booted 3 times within half an hour, without a shutdown before",
      action: expect.stringContaining("journalctl -b -1"),
    });
    expect(verdict?.kind === "raise" && verdict.evidence).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "boot_3", value: new Date(startMs - 25 * minuteMs).toISOString() }),
        expect.objectContaining({ name: "kernel_faults", value: "hardware-error" }),
        expect.objectContaining({ name: "without_shutdown", value: 2 }),
      ]),
    );
  });

  it.each([
    { name: "it was shut down each time", minutes: [2, 9, 25], abrupt: [], expected: "medium" },
    { name: "it was shut down once", minutes: [2, 9, 25], abrupt: [2], expected: "high" },
    { name: "two boots", minutes: [2, 9], abrupt: [1], expected: "clear" },
    { name: "it has run for half an hour since", minutes: [30, 40, 45], abrupt: [1, 2], expected: "clear" },
  ])("judges $name: $expected", ({ minutes, abrupt, expected }) => {
    expect(severityIn(rebootLoop, of(machineThatSaid(system(minutes, { abrupt }))))).toBe(expected);
  });

  it("names the power supply where the board says that it is weak", () => {
    const pi: Thing = { kind: "raspberry_pi", value: { case: "raspberryPi", value: { isUnderVoltage: true } } };

    expect(of(machineThatSaid(system([2, 9, 25]), { things: [pi] }))).toMatchObject([
      { action: expect.stringMatching(/^Look at its power supply first/) },
    ]);
  });

  it("concludes nothing from silence, nor from a machine that did not say since when it runs", () => {
    expect(severityIn(rebootLoop, of(machineThatSaid(system([2, 9, 25])), 10 * minuteMs))).toBe("hold");
    expect(severityIn(rebootLoop, of(connectedNode()))).toBe("hold");
  });

  it("ends when the machine has run for half an hour, and not by silence before that", () => {
    let open: OpenFindings = new Map();
    const look = (node: NodeState, afterMs: number): number => {
      open = evaluateNode([rebootLoop], viewAfter(node, afterMs), open, () => undefined).open;
      return open.size;
    };
    const at = (minutes: number) => machineThatSaid(system([1, 9, 25], { afterMs: minutes * minuteMs }));

    expect(look(at(0), 0)).toBe(1);
    expect(look(at(0), 60 * minuteMs)).toBe(1);
    expect(look(at(28), 28 * minuteMs)).toBe(1);
    expect(look(at(29), 29 * minuteMs)).toBe(0);
  });

  it("is the one finding that counts: its silence between boots and what does not run yet are consequences", () => {
    const k3s: Thing = { kind: "k3s", value: { case: "k3s", value: { isRunning: false, isEnabled: true } } };
    const looping = machineThatSaid(system([1, 9, 25]), { things: [k3s] });
    let open: OpenFindings = new Map();
    const look = (node: NodeState, afterMs: number): Readonly<Record<string, string>> => {
      open = evaluateNode(rules, viewAfter(node, afterMs), open, () => undefined).open;
      const firing = [...open.values()].map(({ finding }) => finding).filter(({ state }) => state === "firing");
      const loop = firing.find(({ rule }) => rule === "reboot-loop")?.id;
      const how = (by: string | undefined): string => (by === undefined ? "counts" : by === loop ? "consequence" : "other");
      return Object.fromEntries(firing.map(({ rule, suppressedBy }) => [rule, how(suppressedBy)]));
    };

    look(looping, 0);
    const later = machineThatSaid(system([1, 9, 25], { afterMs: 3 * minuteMs }), { things: [k3s], atMs: startMs + 3 * minuteMs });
    expect(look(later, 3 * minuteMs)).toEqual({ "reboot-loop": "counts", "k3s-not-running": "consequence" });
    const silent = disconnected(later, startMs + 4 * minuteMs, undefined);
    expect(look(silent, 12 * minuteMs)).toMatchObject({ "reboot-loop": "counts", "node-not-reporting": "consequence" });
    expect(look(silent, 60 * minuteMs)).toMatchObject({ "reboot-loop": "counts", "node-not-reporting": "counts" });
  });
});
