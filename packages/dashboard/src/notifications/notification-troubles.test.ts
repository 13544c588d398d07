import type { NotificationOverview } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { notificationTroubles } from "./notification-troubles.ts";

const channel = { name: "mail", type: "smtp", target: "ops@example.net", waiting: 0, deliveredCount: 0 } as const;

describe("notificationTroubles", () => {
  it.each<[string, NotificationOverview | undefined, readonly string[]]>([
    ["nothing is known", undefined, []],
    ["all deliver", { channels: [{ ...channel, state: "ok" }], heartbeat: { target: "watch.example.net" } }, []],
    [
      "one fails with two that wait",
      { channels: [{ ...channel, state: "failing", waiting: 2, problem: "no login" }] },
      ["Nobody is told by mail (2 waiting): no login"],
    ],
    [
      "the heartbeat does not arrive",
      { channels: [], heartbeat: { target: "watch.example.net", problem: "it answers 404" } },
      ["The heartbeat does not reach watch.example.net: it answers 404"],
    ],
  ])("names what keeps people from being told where %s", (_, overview, expected) => {
    expect(notificationTroubles(overview)).toEqual(expected);
  });
});
