import { GpuPower } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { evaluateNode, type OpenFindings } from "../evaluate/evaluate-node.ts";
import { judge, machineThatSaid, severityIn, viewAfter } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { gpuClocksLimited } from "./gpu-clocks-limited.ts";
import { gpuHotForLong } from "./gpu-hot-for-long.ts";

const minuteMs = 60_000;
const id = "0000:01:00.0";
const none = { is_limited_by_hardware_thermal: 0, is_limited_by_power_brake: 0, is_limited_by_software_thermal: 0 };

function nodeWith(
  samples: Readonly<Record<string, number>>,
  options: { power?: GpuPower; readBeforeMs?: number; atMs?: number } = {},
) {
  const { power = GpuPower.AWAKE, readBeforeMs = 0, atMs = startMs } = options;
  return machineThatSaid({
    atMs,
    things: [
      { kind: "gpu", id, value: { case: "gpu", value: { power, productName: "A GPU" } } },
      { kind: "gpu_status", id, value: { case: "gpuStatus", value: { slowdownCelsius: 92 } }, samples, readBeforeMs },
    ],
  });
}

/** States of its findings, minute by minute, of a GPU that tells this at each. */
function lifeOf(said: readonly Readonly<Record<string, number>>[]): readonly (readonly string[])[] {
  let open: OpenFindings = new Map();
  return said.map((samples, minute) => {
    const view = viewAfter(nodeWith(samples, { atMs: startMs + minute * minuteMs }), minute * minuteMs);
    open = evaluateNode([gpuClocksLimited, gpuHotForLong], view, open, () => undefined).open;
    return [...open.values()].map(({ finding }) => `${finding.rule} ${finding.state}`);
  });
}

function minutes(count: number, samples: Readonly<Record<string, number>>) {
  return Array.from({ length: count }, () => samples);
}

describe("feature 46: throttling is an alarm only when it lasts", () => {
  const hot = { ...none, is_limited_by_hardware_thermal: 1, temperature_celsius: 94 };
  const held = { ...none, is_limited_by_software_thermal: 1 };

  it("fires after five minutes of heat or a power brake, and not after four", () => {
    const life = lifeOf(minutes(6, hot));

    expect(life[4]).toEqual(["gpu-clocks-limited pending"]);
    expect(life[5]).toEqual(["gpu-clocks-limited firing"]);
    expect(lifeOf(minutes(6, { ...none, is_limited_by_power_brake: 1 }))[5]).toEqual(["gpu-clocks-limited firing"]);
  });

  it("says nothing of the power brake of a laptop on its battery, and says it of heat and on mains", () => {
    const onMains = (isOnMains: boolean, samples: Readonly<Record<string, number>>) => {
      const node = machineThatSaid(
        { things: [{ kind: "gpu_status", id, value: { case: "gpuStatus", value: {} }, samples }] },
        { probe: "system", things: [{ kind: "battery", id: "BAT0", value: { case: "battery", value: { isOnMains } } }] },
      );
      return severityIn(gpuClocksLimited, judge(gpuClocksLimited, node));
    };

    expect(onMains(false, { ...none, is_limited_by_power_brake: 1 })).toBe("clear");
    expect(onMains(true, { ...none, is_limited_by_power_brake: 1 })).toBe("medium");
    expect(onMains(false, hot)).toBe("medium");
  });

  it("fires after half an hour where the driver does it, and not before", () => {
    const life = lifeOf(minutes(31, held));

    expect(life[29]).toEqual(["gpu-hot-for-long pending"]);
    expect(life[30]).toEqual(["gpu-hot-for-long firing"]);
  });

  it("forgets peaks: a minute without it begins anew", () => {
    const life = lifeOf([...minutes(4, hot), none, ...minutes(4, hot)]);

    expect(life[4]).toEqual([]);
    expect(life.flat()).not.toContain("gpu-clocks-limited firing");
  });

  it("is over a quarter of an hour after the heat is", () => {
    const life = lifeOf([...minutes(6, hot), ...minutes(16, none)]);

    expect(life[20]).toEqual(["gpu-clocks-limited firing"]);
    expect(life[21]).toEqual([]);
  });

  it("never tells of the power limit, of idle clocks and of what somebody set", () => {
    const usual = { ...none, is_limited_by_power_cap: 1, is_limited_by_idle: 1, is_limited_by_application_clocks: 1 };

    expect(lifeOf(minutes(60, usual)).flat()).toEqual([]);
  });

  it("shows what was read", () => {
    expect(judge(gpuClocksLimited, nodeWith(hot))).toMatchObject([
      {
        text: "A GPU (0000:01:00.0): its hardware slows it down for heat",
        evidence: expect.arrayContaining([
          expect.objectContaining({ name: "is_limited_by_hardware_thermal", value: true }),
          expect.objectContaining({ name: "temperature_celsius", value: 94 }),
          expect.objectContaining({ name: "slowdown_celsius", value: 92 }),
        ]),
      },
    ]);
  });

  it("is clear of one that fell asleep, and holds what is old, unknown or said again", () => {
    const of = (...said: Parameters<typeof nodeWith>) => severityIn(gpuClocksLimited, judge(gpuClocksLimited, nodeWith(...said)));

    expect(of(hot, { power: GpuPower.ASLEEP, readBeforeMs: 5 * minuteMs })).toBe("clear");
    expect(of(hot, { readBeforeMs: minuteMs })).toBe("hold");
    expect(of({})).toBe("hold");
    expect(severityIn(gpuClocksLimited, judge(gpuClocksLimited, nodeWith(hot), 60 * minuteMs))).toBe("hold");
  });
});
