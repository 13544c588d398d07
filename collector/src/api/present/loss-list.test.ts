import { describe, expect, it } from "vitest";
import type { LossState } from "../../state/node-state.ts";
import { lossList } from "./loss-list.ts";

const dayMs = Date.UTC(2026, 10, 22);

function loss(from: string, until: string, change: Partial<LossState> = {}): LossState {
  return { fromMs: timeMs(from), untilMs: timeMs(until), observationCount: 7, reason: "spool_full", ...change };
}

/** HH:MM:SS of that day. */
function timeMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(":").map(Number);
  return dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

describe("lossList", () => {
  it.each([
    { loss: loss("3:10", "3:22"), text: "12 min of data lost 2026-11-22 03:10-03:22 UTC: spool full" },
    {
      loss: loss("3:10:00", "3:10:20", { reason: "agent_killed" }),
      text: "20 s of data lost 2026-11-22 03:10-03:10 UTC: agent killed",
    },
    {
      loss: loss("23:00", "26:30", { reason: "too_old" }),
      text: "4 h of data lost 2026-11-22 23:00-2026-11-23 02:30 UTC: older than the spool keeps",
    },
    { loss: loss("1:00", "1:00", { reason: "of_tomorrow" }), text: "1 s of data lost 2026-11-22 01:00-01:00 UTC: of_tomorrow" },
  ])("says $text", ({ loss: told, text }) => {
    expect(lossList([told]).map((body) => body.text)).toEqual([text]);
  });

  it("makes one of those that follow each other, and none of others", () => {
    const losses = [
      loss("5:00", "5:10"),
      loss("3:20:30", "3:30", { observationCount: 5 }),
      loss("3:10", "3:20"),
      loss("3:12", "3:15", { reason: "too_old" }),
    ];

    expect(lossList(losses).map((body) => [body.from.slice(11, 16), body.until.slice(11, 16), body.observationCount])).toEqual([
      ["05:00", "05:10", 7],
      ["03:10", "03:30", 12],
      ["03:12", "03:15", 7],
    ]);
  });

  it("does not know how many where it is not known of each", () => {
    const losses = [loss("3:10", "3:20"), loss("3:20", "3:30", { observationCount: 0 })];

    expect(lossList(losses)[0]?.observationCount).toBe(0);
  });
});
